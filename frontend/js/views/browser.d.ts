/** Browser APIs that the type checker's library does not know yet. For the type checker only. */
interface HTMLElement {
  checkVisibility(): boolean;
  showPopover(): void;
  hidePopover(): void;
}
interface ToggleEvent extends Event {
  newState: "open" | "closed";
}
/** Where a browser has Trusted Types. */
declare var trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(text: string): string },
      ): { createScriptURL(text: string): string };
    }
  | undefined;
interface HTMLButtonElement {
  popoverTargetElement: Element | null;
}
