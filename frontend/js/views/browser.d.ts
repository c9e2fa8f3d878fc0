/** What browsers have and the type checker's library does not know yet. No browser loads this file. */
interface HTMLElement {
  checkVisibility(): boolean;
  togglePopover(): void;
  hidePopover(): void;
}
