/** The parts of the report of `/cluster` (docs/cluster.md) that the page uses. For the type checker only. */
declare namespace Cluster {
  type State = "alive" | "suspect" | "dead" | "left";

  interface Report {
    self: string;
    /** Milliseconds since 1970. */
    generatedAt: number;
    view: { hash: string; agreed: boolean };
    members: Member[];
    canary: { matrix: Record<string, Record<string, Receipt>> };
    relay: {
      kind: "redis" | "memory";
      connected: boolean;
      /** Why messages cannot be accepted at the moment. */
      trouble?: string | null;
      /** Missing from nodes of older versions. */
      events?: RelayEvent[];
      /** Missing from nodes of older versions, `null` without Redis. */
      servers?: Servers | null;
    };
    degraded: string[];
    /** `reconnects5m`, which are among the restarts, is missing from nodes of older versions. */
    supervision: { restarts5m: number; reconnects5m?: number; tree: Entry[] };
    events: Event[];
  }

  interface Member {
    id: string;
    generation: number;
    addr: string;
    state: State;
    observedBy: string[];
    /** Missing from nodes of older versions. */
    accusations?: { by: string; at: number }[];
    rttMs: number | null;
    users: number | null;
    rooms: number | null;
    messagesPerSecond: number | null;
    lagMs: number | null;
    relay: boolean | null;
    version: string;
    uptimeS: number | null;
    /** The hash of its view, as it told last. */
    viewHash: string | null;
  }

  interface RelayEvent {
    at: number;
    trouble: string | null;
  }

  interface Servers {
    mode: "single" | "sentinel" | "cluster";
    /** The one that announces failovers to this node. */
    sentinel: string | null;
    lastFailover: { primary: string; ageMs: number } | null;
    shards: Shard[];
    /** Missing from nodes of older versions. */
    events?: ServerEvent[];
  }

  interface ServerEvent {
    at: number;
    server: string;
    change: "away" | "back" | "promoted";
  }

  interface Shard {
    primary: string;
    trouble: string | null;
    /** `null`: all. */
    slots: number | null;
    p99Ms: number | null;
    /** Fraction of `maxmemory`. */
    memory: number;
    replicas: Replica[];
  }

  interface Replica {
    addr: string;
    online: boolean;
    lagBytes: number;
  }

  interface Receipt {
    number: number;
    lastMs: number;
    p99Ms: number;
    ageMs: number;
  }

  interface Event {
    at: number;
    id: string;
    from: State | null;
    to: State;
    by: string | null;
  }

  interface Entry {
    name: string;
    state: "running" | "waiting" | "finished" | "given_up";
    forMs: number;
    nextAttemptInMs?: number;
    restarts: number;
    lastError?: string;
    lastErrorMsAgo?: number;
    counts?: { name: string; value: number }[];
    failures?: { name: string; error: string; msAgo: number; decision: string }[];
    children: Entry[];
  }
}
