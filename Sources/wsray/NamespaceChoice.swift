import Capture
import System
import Text

/// Whose interfaces are meant: those of a network namespace, of a process or of a container.
enum NamespaceChoice {
    /// A name that `ip netns` lists, the number of a process, or a path.
    case namespace(String)
    case container(String)

    init?(netns: String?, container: String?) {
        if let netns { self = .namespace(netns) } else if let container { self = .container(container) } else { return nil }
    }

    /// What it is called in messages.
    var title: String {
        switch self {
        case .namespace(let name) where Self.isNumber(name): "the namespace of process \(name)"
        case .namespace(let name): "namespace \(name)"
        case .container(let name): "container \(name)"
        }
    }

    /// Enters the namespace, until the visit is ended.
    func enter() throws(CaptureError) -> NetworkVisit {
        let path = try path
        do throws(SystemError) { return try NetworkVisit(path) } catch {
            if error.isMissing { throw CaptureError(.noInput, absence) }
            guard error.isDenied else { throw CaptureError(.noInput, "\(title): \(path): \(error.words)") }
            throw CaptureError(.noPermission, "\(title): entering it requires root; run wsray with sudo")
        }
    }

    private var path: String {
        get throws(CaptureError) {
            switch self {
            case .namespace(let name) where Self.isNumber(name): "/proc/\(name)/ns/net"
            case .namespace(let name): name.contains("/") ? name : "/run/netns/\(name)"
            case .container(let name): "/proc/\(try Self.process(ofContainer: name))/ns/net"
            }
        }
    }

    /// That there is none.
    private var absence: String {
        switch self {
        case .namespace(let name) where Self.isNumber(name): "no process \(name); ps lists processes"
        case .namespace(let name) where name.contains("/"): "\(name): no such network namespace"
        case .namespace(let name): "no network namespace named \(name); ip netns lists them"
        case .container: "\(title) has just ended"
        }
    }

    private static func isNumber(_ name: String) -> Bool { !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    /// The first process of a container, which those who run containers know.
    private static func process(ofContainer name: String) throws(CaptureError) -> String {
        let question = """
            for tool in docker podman nerdctl; do
                command -v $tool > /dev/null || continue
                found=$($tool inspect --format '{{.State.Pid}}' -- "$1" 2> /dev/null) && [ "$found" -gt 0 ] && echo "$found" && exit 0
            done
            exit 1
            """
        let answer = ChildProcess.output(of: ["/bin/sh", "-c", question, "sh", name], limit: 64, seconds: 10)
        let number = String(decoding: (answer ?? []).prefix { $0 != 0x0A }, as: UTF8.self)
        guard isNumber(number) else {
            throw CaptureError(
                .noInput, "container \(name): neither docker nor podman nor nerdctl knows a running container of that name")
        }
        return number
    }
}
