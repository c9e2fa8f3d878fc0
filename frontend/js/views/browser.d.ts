/** Browser APIs that the type checker's library does not know yet. For the type checker only. */
interface HTMLElement {
  checkVisibility(): boolean;
  showPopover(): void;
  hidePopover(): void;
}
interface ToggleEvent extends Event {
  newState: "open" | "closed";
}
interface HTMLButtonElement {
  popoverTargetElement: Element | null;
}
