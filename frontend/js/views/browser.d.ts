/** What browsers have and the type checker's library does not know yet. No browser loads this file. */
interface HTMLElement {
  checkVisibility(): boolean;
  showPopover(): void;
  hidePopover(): void;
}
interface HTMLButtonElement {
  popoverTargetElement: Element | null;
}
