import Processes
import Testing

@Suite struct CommandEnvironmentTests {
    @Test("variables end with a zero each; what is none is left out")
    func block() {
        let environment = CommandEnvironment(block: Array("A=1\0B=x=y\0garbage\0C=\0".utf8))
        #expect(environment.variables == ["A=1", "B=x=y", "C="])
        #expect(environment["B"] == "x=y" && environment["C"] == "" && environment["D"] == nil)
    }

    @Test("node's option is added to those that are there")
    func node() {
        var environment = CommandEnvironment(["NODE_OPTIONS=--no-warnings", "SSLKEYLOGFILE=/old"])
        environment.logKeys(to: "/tmp/x/keys.log")
        #expect(environment["NODE_OPTIONS"] == "--no-warnings --tls-keylog=/tmp/x/keys.log")
        #expect(environment["SSLKEYLOGFILE"] == "/tmp/x/keys.log")
        #expect(environment.variables.count == 2)
    }

    @Test("a path with blanks is quoted for node")
    func blanks() {
        var environment = CommandEnvironment([])
        environment.logKeys(to: #"/tmp/a "b"/k"#)
        #expect(environment["NODE_OPTIONS"] == #""--tls-keylog=/tmp/a \"b\"/k""#)
    }

    @Test("what sudo has added goes")
    func sudo() {
        var environment = CommandEnvironment(["SUDO_UID=1000", "SUDO_USER=ann", "USER=root", "HOME=/root", "LANG=C"])
        environment.leaveSudo(user: "ann", home: "/home/ann")
        #expect(Set(environment.variables) == ["USER=ann", "LOGNAME=ann", "HOME=/home/ann", "LANG=C"])
    }
}
