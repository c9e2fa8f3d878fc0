"""The house rules that no compiler checks: which code and imports are allowed where.

`rules.py` reads all tracked and new files, prints each violation as `path:line: sentence`, and exits 1 if there is any.
`rules.py --self-test` runs every rule on its bad and good samples: a rule that cannot fail is a bug.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from textrules import TEXT_RULES, Find, Rule, line_of

ROOT = Path(__file__).resolve().parent.parent

# The modules that each target may import, besides the standard library. docs/architecture.md has the diagram.
MAY_IMPORT = {
    "Operations": set(),
    "ChatModel": {"Operations", "NIOCore"},
    "ChatProtocol": {"ChatModel", "NIOCore"},
    "Supervision": {"Logging", "CoreMetrics", "ServiceLifecycle"},
    "Sealing": {"COpenSSL"},
    "Gossip": set(),
    "Identity": {
        "ChatModel",
        "ChatProtocol",
        "Operations",
        "Supervision",
        "Sealing",
        "NIOCore",
        "NIOHTTP1",
        "Logging",
        "CoreMetrics",
        "ServiceLifecycle",
        "JWTKit",
        "AsyncHTTPClient",
    },
    "Push": {
        "ChatModel",
        "ChatProtocol",
        "Operations",
        "Supervision",
        "Sealing",
        "NIOCore",
        "NIOHTTP1",
        "Logging",
        "CoreMetrics",
        "ServiceLifecycle",
        "AsyncHTTPClient",
    },
    "Actors": {
        "ChatModel",
        "ChatProtocol",
        "Operations",
        "Supervision",
        "NIOCore",
        "NIOPosix",
        "Logging",
        "CoreMetrics",
        "DequeModule",
    },
    "Embedded": {"ChatModel", "NIOCore", "ServiceLifecycle", "DequeModule"},
    "S3": {"Operations", "Sealing", "NIOCore", "NIOHTTP1", "AsyncHTTPClient"},
    "Files": {
        "ChatModel",
        "Operations",
        "S3",
        "Supervision",
        "Sealing",
        "NIOCore",
        "_NIOFileSystem",
        "Logging",
        "CoreMetrics",
        "ServiceLifecycle",
    },
    "RedisClient": {
        "Operations",
        "Supervision",
        "Sealing",
        "CHiredis",
        "NIOCore",
        "NIOPosix",
        "NIOSSL",
        "Logging",
        "CoreMetrics",
        "ServiceLifecycle",
        "DequeModule",
    },
}
# For all other targets: modules that they may not import.
MAY_NOT_IMPORT = {
    "Cluster": {"WebEdge", "Actors", "ChatProtocol", "Embedded", "ChatClient", "ChatServer", "CHiredis", "COpenSSL"},
    "WebEdge": {"Cluster", "Embedded", "RedisClient", "ChatClient", "ChatServer", "CHiredis", "COpenSSL"},
    "ChatClient": {
        "Actors",
        "Cluster",
        "Embedded",
        "RedisClient",
        "WebEdge",
        "ChatServer",
        "Sealing",
        "CHiredis",
        "COpenSSL",
        "Hummingbird",
    },
    "ChatServer": {"CHiredis", "COpenSSL"},
}
# Files of a node that set timers on an event loop, and what cancels them: no timer may outlive its owner.
TIMER_OWNERS = {
    "Sources/Actors/Connection/Connection.swift": "the connection, which ignores them after its end",
    "Sources/Actors/Room/RoomShard.swift": "the shard: no rooms, no ticks",
    "Sources/Cluster/Gossip/GossipTransport.swift": "the transport: one at a time, none after its end",
    "Sources/Cluster/Log/RedisRoomLog.swift": "nobody: over in a second, or with the loop",
    "Sources/RedisClient/RedisConnection+Open.swift": "the opening of the connection, which cancels it",
    "Sources/RedisClient/RedisConnection.swift": "the connection: its end cancels them",
    "Sources/WebEdge/Files/StallWatch.swift": "the watch: the end of the download cancels it",
    "Sources/WebEdge/HTTP/RequestDeadlineHandler.swift": "the handler: a complete head, or its removal, cancels it",
    "Sources/WebEdge/Socket/DeviceRequests.swift": "the session: the end of its socket cancels it",
    "Sources/WebEdge/Socket/LoopTurns.swift": "nobody: over in 100 µs, or with the loop",
    "Sources/WebEdge/Socket/SocketHandler.swift": "the handler: the end of its socket cancels it",
    "Sources/WebEdge/Socket/UpgradeGateHandler.swift": "the connection that it closes; closing cancels it",
}
STANDARD_LIBRARY = {"Synchronization", "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Musl", "Darwin"}


def blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


SWIFT_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|(?P<raw>#+)"(?:""(?=[^"]))?.*?"(?P=raw)|"""(?:\\.|.)*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL
)


def swift_code(text: str) -> str:
    """The same text with comments and string literals replaced by spaces."""
    return SWIFT_TEXT.sub(blank, text)


def forbid(pattern: str, sentence: str, where: Callable[[str], bool]) -> Find:
    compiled = re.compile(pattern, re.MULTILINE)

    def find(path: str, text: str) -> Iterator[tuple[int, str]]:
        if path.endswith(".swift") and where(path):
            code = swift_code(text)
            for match in compiled.finditer(code):
                yield line_of(code, match.start()), sentence

    return find


def in_sources(path: str) -> bool:
    return path.startswith("Sources/")


def unsupervised(path: str) -> bool:
    return in_sources(path) and not path.startswith("Sources/Supervision/")


def of_a_node(path: str) -> bool:
    """Not clients and commands, which run in other processes, without a supervisor."""
    return unsupervised(path) and not path.startswith(("Sources/ChatClient/", "Sources/ChatServer/Commands/"))


# Files that need the time of day, and what a clock step does there.
TELLS_THE_TIME = {
    "Sources/ChatServer/SignIn.swift",  # tokens end at a time of day
    "Sources/WebEdge/Socket/UserTokens.swift",  # the same
    "Sources/ChatModel/WallClock.swift",
    "Sources/Cluster/Log/RedisUserRooms.swift",  # orders a list, as the ids of entries do
    "Sources/Actors/Room/Room+Access.swift",  # roles end at a time of day
    "Sources/WebEdge/Socket/RoomRequests.swift",  # invitations end, too
    "Sources/WebEdge/Socket/DeviceRequests.swift",  # and links
    "Sources/WebEdge/Files/FileServices.swift",  # so do tickets
    "Sources/Files/FileSweeper.swift",  # compared with the times of files
    "Sources/WebEdge/HTTP/Cluster/ClusterReport.swift",  # shown: time of the report, and uptimes
    "Sources/WebEdge/RelayWatch.swift",  # shown: when the relay went up or down
    "Sources/ChatServer/Commands/Rooms/RoomList.swift",  # shown: how long ago a room was active
    "Sources/WebEdge/HTTP/Rooms/RoomRoutes.swift",  # whether a role has ended, by the log's rules
    "Sources/WebEdge/HTTP/HistoryRoutes.swift",  # "the last 30 minutes" is compared with message times
    "Sources/Cluster/Membership/ClusterMembership.swift",  # shown: when a node's state changed
    "Sources/Cluster/Gossip/GossipTransport.swift",  # compared with generations, with a day of tolerance
    "Sources/Embedded/EmbeddedBackend.swift",  # a message's ts; ids never fall back (docs/protocol.md 5)
    "Sources/Actors/ActorsMetrics.swift",  # a metric: how old a message is when it is delivered
    "Sources/ChatServer/Node.swift",  # the generation of a node, and when it started
    "Sources/ChatServer/SealedGuestTokens.swift",  # tokens live 400 days, across restarts and nodes
    "Sources/ChatServer/Logging/LineLogHandler.swift",  # the timestamp of a line
}


def keeps_time(path: str) -> bool:
    return in_sources(path) and path not in TELLS_THE_TIME


def in_swift(path: str) -> bool:
    return path.startswith(("Sources/", "Tests/"))


def unbounded_streams(path: str, text: str) -> Iterator[tuple[int, str]]:
    if not (path.endswith(".swift") and unsupervised(path)):
        return
    code = swift_code(text)
    arguments = r"(?P<arguments>\((?:[^()]|\([^()]*\))*\)|\{\s*\w+\s+in\b)"
    made = r"\bAsync(?:Throwing)?Stream\b(?:<[^>{}]*>)?(?:\.makeStream|\.init)?\s*" + arguments
    for match in re.finditer(made, code):
        arguments = match["arguments"]
        if "bufferingPolicy:" not in arguments or ".unbounded" in arguments:
            yield line_of(code, match.start()), "an unbounded AsyncStream: set a bounded bufferingPolicy"


def unexplained_unchecked(path: str, text: str) -> Iterator[tuple[int, str]]:
    if not path.endswith(".swift"):
        return
    lines = text.split("\n")
    for number, line in enumerate(swift_code(text).split("\n")):
        if "@unchecked Sendable" in line and not lines[number - 1].lstrip().startswith("//"):
            yield number + 1, "@unchecked Sendable: give the reason in a comment on the line above"


def imports(path: str, text: str) -> Iterator[tuple[int, str]]:
    if not (path.endswith(".swift") and in_sources(path)):
        return
    target = path.split("/")[1]
    code = swift_code(text)
    modifiers = r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    kinds = r"(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?"
    for match in re.finditer(modifiers + kinds + r"(?P<module>\w+)", code, re.MULTILINE):
        module = match["module"]
        allowed = MAY_IMPORT.get(target, {module}) | STANDARD_LIBRARY
        if module not in allowed or module in MAY_NOT_IMPORT.get(target, set()):
            yield line_of(code, match.start("module")), f"{target} may not import {module}"


RULES = (
    *TEXT_RULES,
    Rule(
        "tasks",
        forbid(
            r"\bTask(?:<[^>]*>)?\s*(?:\(|\{)|\bTask(?:<[^>]*>)?\.(?:init|detached|immediate\w*)\b"
            r"|\bThread\b|\bDispatch(?:Queue|Source)\b|\bpthread_create\b",
            "an unsupervised task: give it to a Supervisor",
            unsupervised,
        ),
        bad=(
            ("Sources/Actors/A.swift", "func f() {\n    Task { await g() }\n}\n"),
            ("Sources/Actors/A.swift", "let t = Task.detached { }\n"),
            ("Sources/WebEdge/A.swift", "Task(priority: .high) { }\n"),
            ("Sources/WebEdge/A.swift", "let t = Task<Void, Never> { }\n"),
            ("Sources/WebEdge/A.swift", "let t = Task<Void, Never>.init { }\n"),
            ("Sources/WebEdge/A.swift", "Task.immediateDetached { }\n"),
            ("Sources/ChatServer/A.swift", "Thread.detachNewThread { }\n"),
            ("Sources/ChatServer/A.swift", "DispatchQueue.global().async { }\n"),
        ),
        good=(
            ("Sources/Supervision/A.swift", "Task { await g() }\n"),
            ("Tests/ActorsTests/A.swift", "Task { await g() }\n"),
            ("Sources/Actors/A.swift", '// Task { }\nlet a = "Task {"\ntry await Task.sleep(for: .seconds(1))\n'),
        ),
    ),
    Rule(
        "groups",
        forbid(
            r"\bwith(?:Throwing)?(?:Discarding)?TaskGroup\b|\basync\s+let\b",
            "an unsupervised task group: use children of a Supervisor",
            of_a_node,
        ),
        bad=(
            ("Sources/Cluster/A.swift", "await withTaskGroup(of: Void.self) { group in }\n"),
            ("Sources/ChatServer/A.swift", "try await withThrowingDiscardingTaskGroup { group in }\n"),
            ("Sources/WebEdge/A.swift", "async let a = f()\n"),
        ),
        good=(
            ("Sources/Supervision/A.swift", "await withTaskGroup(of: Void.self) { group in }\n"),
            ("Sources/ChatClient/A.swift", "await withTaskGroup(of: Void.self) { group in }\n"),
            ("Sources/ChatServer/Commands/A.swift", "async let a = f()\n"),
        ),
    ),
    Rule(
        "timers",
        forbid(
            r"\.schedule(?:RepeatedAsync|Repeated)?Task\(|\.scheduleCallback\(",
            "a timer without an owner: add to TIMER_OWNERS (scripts/rules.py) what cancels it",
            lambda path: of_a_node(path) and path not in TIMER_OWNERS,
        ),
        bad=(
            ("Sources/Cluster/A.swift", "eventLoop.scheduleTask(in: .seconds(1)) { }\n"),
            ("Sources/WebEdge/A.swift", "let t = try eventLoop.scheduleCallback(in: .seconds(1), handler: self)\n"),
            ("Sources/Actors/A.swift", "loop.scheduleRepeatedTask(initialDelay: a, delay: b) { _ in }\n"),
        ),
        good=(
            ("Sources/Actors/Room/RoomShard.swift", "eventLoop.scheduleTask(in: .seconds(1)) { }\n"),
            ("Sources/ChatClient/A.swift", "eventLoop.scheduleTask(in: .seconds(1)) { }\n"),
        ),
    ),
    Rule(
        "wall clock",
        forbid(
            r"\bWallClock\b|\bDate\(\)|\bDate\.now\b|\bCLOCK_REALTIME\b|\bgettimeofday\b",
            "the wall clock may be stepped: use NIODeadline or ContinuousClock for timers and lifetimes",
            keeps_time,
        ),
        bad=(
            ("Sources/WebEdge/A.swift", "let now = Date()\n"),
            ("Sources/Actors/A.swift", "WallClock.milliseconds()\n"),
        ),
        good=(
            ("Sources/WebEdge/A.swift", "let now = NIODeadline.now()\n"),
            ("Sources/ChatModel/WallClock.swift", "enum WallClock {}\n"),
        ),
    ),
    Rule(
        "streams",
        unbounded_streams,
        bad=(
            ("Sources/Cluster/A.swift", "let (s, c) = AsyncStream.makeStream(of: Int.self)\n"),
            ("Sources/Cluster/A.swift", "let s = AsyncStream<Int> { continuation in\n}\n"),
            ("Sources/Cluster/A.swift", "AsyncStream.makeStream(of: Int.self, bufferingPolicy: .unbounded)\n"),
            ("Sources/Cluster/A.swift", "AsyncThrowingStream<Int, any Error>(Int.self) { c in }\n"),
            ("Sources/Cluster/A.swift", "let (s, c) = AsyncStream.makeStream(of: (Int, Int).self)\n"),
            ("Sources/Cluster/A.swift", "let (s, c) = AsyncStream<Int>.makeStream()\n"),
            ("Sources/Cluster/A.swift", "let s = AsyncStream<Int>.init { c in }\n"),
        ),
        good=(
            ("Sources/Cluster/A.swift", "AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))\n"),
            ("Sources/A.swift", "AsyncStream.makeStream(of: (Int, Int).self, bufferingPolicy: .bufferingOldest(1))\n"),
            ("Sources/Cluster/A.swift", "let events: AsyncStream<Int>\nvar s: AsyncStream<Int> { events }\n"),
        ),
    ),
    Rule(
        "access",
        forbid(r"^\s*(?:@\w+\s+)*(?:public|open)\s+\w", "nothing is public in an application: use package", in_swift),
        bad=(
            ("Sources/ChatModel/A.swift", "public struct A {}\n"),
            ("Sources/ChatModel/A.swift", "public import NIOCore\n"),
            ("Sources/ChatModel/A.swift", "struct A {\n    @inlinable public func f() {}\n}\n"),
        ),
        good=(("Sources/ChatModel/A.swift", "// public\npackage struct A { var isPublic = true }\n"),),
    ),
    Rule(
        "traps",
        forbid(
            r"\btry!|\bfatalError\(|\bas!",
            "a trap: throw, or use preconditionFailure for misuse by our own code",
            in_sources,
        ),
        bad=(
            ("Sources/ChatModel/A.swift", "let a = try! f()\n"),
            ("Sources/ChatModel/A.swift", 'fatalError("no")\n'),
            ("Sources/ChatModel/A.swift", "let a = b as! Int\n"),
        ),
        good=(("Sources/ChatModel/A.swift", 'preconditionFailure("state")\n/// Never `try!`.\n'),),
    ),
    Rule(
        "unchecked",
        unexplained_unchecked,
        bad=(("Sources/ChatModel/A.swift", "import A\n\nfinal class A: @unchecked Sendable {}\n"),),
        good=(("Sources/ChatModel/A.swift", "// Its lock guards it.\nfinal class A: @unchecked Sendable {}\n"),),
    ),
    Rule(
        "imports",
        imports,
        bad=(
            ("Sources/ChatModel/A.swift", "import Logging\n"),
            ("Sources/Actors/A.swift", "package import Cluster\n"),
            ("Sources/WebEdge/A.swift", "internal import Cluster\n"),
            ("Sources/Cluster/A.swift", "@preconcurrency import WebEdge\n"),
            ("Sources/Supervision/A.swift", "import struct ChatModel.UserID\n"),
            ("Sources/ChatClient/A.swift", "import Actors\n"),
        ),
        good=(
            ("Sources/ChatModel/A.swift", "package import NIOCore\nimport Synchronization\n"),
            ("Sources/ChatServer/A.swift", "import Cluster\nimport WebEdge\n"),
            ("Tests/ClusterTests/A.swift", "@testable import WebEdge\n"),
        ),
    ),
    Rule(
        "C structs",
        # Which module owns their members depends on the order in which the compiler loads modules: a clean or release
        # build may reject what an incremental build accepts. Targets with few imports may use them.
        forbid(
            r"\b(?:stat|statfs|statvfs|timespec|timeval|tm|rusage|rlimit|utsname|passwd|sockaddr(?:_\w+)?)\(\)",
            "a C struct: several modules may own its members; use Foundation or NIO",
            lambda path: path.startswith(("Sources/WebEdge/", "Sources/Cluster/", "Sources/Actors/")),
        ),
        bad=(
            ("Sources/WebEdge/A.swift", "var status = stat()\n"),
            ("Sources/Cluster/A.swift", "var time = timespec()\n"),
            ("Sources/Cluster/A.swift", "var address = sockaddr_in6()\n"),
        ),
        good=(
            ("Sources/ChatModel/A.swift", "var time = timespec()\n"),
            ("Sources/WebEdge/A.swift", "let now = start()\n"),
        ),
    ),
)


def tracked_files() -> Iterable[str]:
    """Tracked files and new ones that are not ignored, so that a violation is found before the commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    own = ("scripts/rules.py", "scripts/textrules.py")  # their samples break the rules
    return sorted(name for name in names if name and (ROOT / name).is_file() and name not in own)


def check() -> int:
    found = 0
    for name in tracked_files():
        try:
            # Not read_text, which would turn CRLF into LF.
            text = (ROOT / name).read_bytes().decode()
        except UnicodeDecodeError:
            continue  # a picture
        for rule in RULES:
            for line, sentence in rule.find(name, text):
                print(f"{name}:{line}: {sentence} [{rule.name}]")
                found += 1
    return 1 if found else 0


def self_test() -> int:
    failures = 0
    for rule in RULES:
        for expected, samples in ((True, rule.bad), (False, rule.good)):
            for path, text in samples:
                if any(rule.find(path, text)) != expected:
                    print(f"rule {rule.name} {'missed' if expected else 'rejected'}: {path}: {text!r}")
                    failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else check())
