import Processes
import Testing

@Suite struct ProcessTreeTests {
    @Test("a process's name may hold blanks and parentheses")
    func names() throws {
        let stat = try #require(ProcessStat("4711 (a (b) c) S 17 4711 4711 34816 4711 4194304 0 0"))
        #expect(stat.id == 4711 && stat.name == "a (b) c" && stat.state == "S" && stat.parent == 17)
    }

    @Test("what is no line of /proc/PID/stat is none", arguments: ["", "12", "12 (a", "12 (a) ", "x (a) S 1", "12 (a) SS 1", "12 (a) S x"])
    func garbage(text: String) { #expect(ProcessStat(text) == nil) }

    @Test("descendants are found once each, even in a circle")
    func descendants() {
        let children: [Int32: [Int32]] = [1: [2, 3], 2: [4], 4: [1, 2], 9: [10]]
        #expect(Set(ProcessTree.descendants(of: 1) { children[$0] ?? [] }) == [2, 3, 4])
        #expect(ProcessTree.descendants(of: 10) { children[$0] ?? [] }.isEmpty)
    }

    @Test("children are numbers between blanks")
    func children() {
        #expect(ProcessTree.children(Array("12 345 ".utf8)) == [12, 345])
        #expect(ProcessTree.children([]) == [])
    }
}
