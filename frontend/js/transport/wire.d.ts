/**
 * The frames of `webchat.v1` (docs/protocol.md, sections 3, 4 and 13). For the type checker only.
 */
declare namespace Wire {
  type User = { id: string; name: string };
  type Reaction = { emoji: string; users: string[] };
  /** `id`: on the server; `local`: of this browser, until the message is in the log. `until`: the end of its ticket. */
  type File = {
    id?: string;
    local?: string;
    name: string;
    type: string;
    bytes: number;
    width?: number;
    height?: number;
    ticket?: string;
    until?: number;
  };
  type ActKind = "edit" | "delete" | "react";
  /** What happens to a room, not to a message. */
  type RoomActKind = "role" | "policy";
  /** `unknown`: of a later version; it has its place in the log and changes nothing. */
  type Deed = ActKind | RoomActKind | "unknown";
  type Role = "owner" | "moderator" | "member" | "banned" | "none";
  type Speakers = "everyone" | "members" | "moderators";
  type Rules = {
    title: string;
    topic: string;
    speak: Speakers;
    /** Seconds. */
    slow: number;
    /** The reader's own. */
    role: Role;
    with?: User;
  };
  /** An entry of the log: a message, or with `act` an act on one. */
  type Message = {
    id: string;
    from: User;
    text: string;
    ts: number;
    key?: string;
    /** The message that it answers. */
    re?: string;
    edited?: string;
    deleted?: boolean;
    reactions?: Reaction[];
    files?: File[];
    act?: Deed;
    target?: string;
    emoji?: string;
    on?: boolean;
    /** The id of the user whose role changes; the name is the text. */
    member?: string;
    role?: Role;
    /** Milliseconds since 1970. */
    until?: number;
    setting?: string;
  };
  type Missing = { from: string; to: string };
  /** `types`: of pictures that are shown. */
  type FileLimits = { bytes: number; perMessage: number; types: string[] };
  type Limits = { textChars: number; frameBytes: number; rooms: number; dedupeSeconds: number };

  type Welcome = {
    type: "welcome";
    /** `kind`: `guest`, or `user` or `operator` for one who has signed in. */
    user: User & { kind?: string };
    token?: string;
    /** Seconds. */
    expiresIn?: number;
    signIn?: string;
    node: string;
    limits: Limits;
    features: string[];
    /** Missing where no files are taken. */
    files?: FileLimits;
    /** The server's key for push messages, in base64url. */
    push?: { key: string };
  };
  type CatchUp = {
    room: string;
    epoch: string;
    head: string;
    recovered: boolean;
    missing?: Missing;
    messages: Message[];
    more: boolean;
  };
  type Joined = CatchUp & { type: "joined"; members: User[]; memberCount?: number; rules?: Rules };
  type Reset = CatchUp & { type: "reset" };
  /** What applies from `head` on. */
  type NewRules = { type: "rules"; room: string; head: string; rules?: Rules };
  type Page = { room: string; epoch: string; messages: Message[]; more: boolean };
  type Resume = Page & { type: "resume" };
  type HistoryPage = Page & { head: string };
  type History = HistoryPage & { type: "history" };
  type Found = HistoryPage & { type: "found"; query: string; key?: string; before?: string };
  type Chat = Message & { type: "chat"; room: string; epoch: string };
  type Ack = { type: "ack"; room: string; key: string; id: string };
  type Presence = {
    type: "presence";
    room: string;
    joined: User[];
    left: User[];
    members: User[];
    reset: boolean;
    memberCount?: number;
  };
  type Typing = { type: "typing"; room: string; user: User };
  /** `until`: the end of a ban, in milliseconds since 1970. */
  type Left = { type: "left"; room: string; reason: string; until?: number };
  /** An operator has deleted the room with all that was said there. */
  type Deleted = { type: "deleted"; room: string };
  type Renamed = { type: "renamed"; user: User };
  type Renewed = { type: "renewed"; expiresIn: number };
  type Refusal = {
    type: "error";
    code: string;
    message: string;
    room?: string;
    key?: string;
    retryAfterMs?: number;
    /** The end of a ban. */
    until?: number;
    signIn?: string;
  };
  /** Where to put the bytes of a file, and the ticket that takes it into a message: extras/Uploads.js reads it. */
  type Upload = { type: "upload"; key?: unknown; file?: unknown; put?: unknown; expiresIn?: unknown };
  /** Times are in microseconds. */
  type Traced = {
    type: "traced";
    room: string;
    key: string;
    id: string;
    origin?: { node: string; waited: number; confirmed: number };
    nodes: { node: string; heard?: number; within?: number; fanOut?: number; sockets?: number }[];
    expected: number;
  };
  type Created = { type: "created"; key: string; room: string };
  type HeldRole = User & { role: Role; until?: number };
  type Roles = { type: "roles"; room: string; roles: HeldRole[]; count: number };
  type Invitation = {
    type: "invitation";
    key: string;
    room: string;
    title: string;
    from: User;
    expiresIn: number;
    token?: string;
  };
  /** The private rooms of the user. */
  type Rooms = { type: "rooms"; rooms: string[] };
  type Added = { type: "added"; room: string; from: User };
  /** Everything up to there was read on another device. */
  type Read = { type: "read"; room: string; epoch: string; id: string };
  /** `user`: whose link it is; without one, it is our own, with the token. */
  type Link = { type: "link"; key: string; user?: User; token?: string; expiresIn: number };
  /** A link was taken: here, with the token of that user, or elsewhere, one of our own. */
  type Linked = { type: "linked"; key?: string; user?: User; token?: string };
  /** Whether this browser gets push messages now. */
  type Push = { type: "push"; key: string; on: boolean };
  type Goodbye = { type: "goodbye"; reason: string; reconnectAfterMs?: number };
  type Pong = { type: "pong" };
  /** Whether the node accepts messages at the moment. */
  type Status = { type: "status"; writable: boolean };

  type Frame =
    | Welcome
    | Joined
    | Reset
    | NewRules
    | Resume
    | History
    | Found
    | Chat
    | Ack
    | Presence
    | Typing
    | Left
    | Deleted
    | Renamed
    | Renewed
    | Refusal
    | Goodbye
    | Pong
    | Status
    | Traced
    | Upload
    | Created
    | Roles
    | Invitation
    | Rooms
    | Added
    | Read
    | Link
    | Linked
    | Push;
}
