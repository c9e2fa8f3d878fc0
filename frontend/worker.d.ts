/** What the server writes before worker.js: the version of the page, and a hash of each file by its name. */
declare const page: { version: string; files: Record<string, string> };

/** The type checker's library does not know it yet. */
interface PushSubscriptionChangeEvent extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
}
