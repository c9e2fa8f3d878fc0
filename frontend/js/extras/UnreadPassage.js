import { HistoryRequests } from "../store/History.js";
import { say } from "../words/say.js";
import { Passage, historyPage } from "./Permalink.js";

const loaded = { before: 25, after: 200 };

/**
 * Loads the first unread messages of the room on screen, and shows them.
 * @param {import("../main.js").Page} page
 * @param {string} upTo everything up to this id is read
 */
export async function showUnread({ chat, conversation, toast }, upTo) {
  const { room } = conversation;
  const history = HistoryRequests.of(chat);
  const news = await historyPage(history, { room, after: upTo, limit: loaded.after });
  const [first] = news?.messages ?? [];
  const before = first && (await historyPage(history, { room, before: first.id, limit: loaded.before }));
  if (room !== conversation.room) return;
  if (!news || !before) return toast.show(say("notLoaded"));
  const { timeline } = chat.room(room);
  timeline.passage = new Passage(chat, room, [before, news]);
  timeline.join();
  chat.room(room).changed.emit();
  conversation.showFrom(conversation.reading?.begin() ?? first.id);
}
