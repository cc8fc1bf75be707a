/// Notices masking keys that can be predicted (RFC 6455 §5.3, §10.3).
///
/// Four bytes a key say little, so nothing is said before coincidence is out of the question: that three keys in a row are the
/// same, or four are a fixed step apart, happens to random ones once in 2^64 times.
@usableFromInline
struct MaskRules: Sendable {
    @usableFromInline var last: UInt32 = 0
    @usableFromInline var step: UInt32 = 0
    /// The same for keys that were written with their least significant byte first.
    @usableFromInline var swappedStep: UInt32 = 0
    /// Keys in a row that were `step` from the one before, and `swappedStep` from it.
    @usableFromInline var run: UInt8 = 0
    @usableFromInline var swappedRun: UInt8 = 0
    @usableFromInline var keyCount: UInt8 = 0
    private var hasTold = false

    /// Takes the key of the next frame; the rule that this one and those before it break, once.
    @inline(__always)
    mutating func judge(_ key: UInt32) -> Rule? {
        let step = key &- last
        let swappedStep = key.byteSwapped &- last.byteSwapped
        last = key
        if step != self.step, swappedStep != self.swappedStep, keyCount >= 2 {
            self.step = step
            self.swappedStep = swappedStep
            run = 1
            swappedRun = 1
            return nil
        }
        return look(step, swappedStep)
    }

    /// Takes the key of the next frame where nothing is to be said of it; false, and nothing changed, where something may be.
    @inlinable @inline(__always)
    mutating func takeOrdinary(_ key: UInt32) -> Bool {
        let step = key &- last
        let swappedStep = key.byteSwapped &- last.byteSwapped
        if keyCount < 2 {
            // As in `look`, and two keys break no rule.
            keyCount += 1
            run = keyCount - 1
        } else {
            guard step != self.step, swappedStep != self.swappedStep else { return false }
            run = 1
        }
        swappedRun = run
        last = key
        self.step = step
        self.swappedStep = swappedStep
        return true
    }

    /// Says that keys may have gone by unseen.
    mutating func loseTrack() { keyCount = 0 }

    @inline(never)
    private mutating func look(_ step: UInt32, _ swappedStep: UInt32) -> Rule? {
        if keyCount < 2 {
            keyCount += 1
            run = keyCount - 1
            swappedRun = run
        } else {
            run = step == self.step ? min(run, 3) + 1 : 1
            swappedRun = swappedStep == self.swappedStep ? min(swappedRun, 3) + 1 : 1
        }
        self.step = step
        self.swappedStep = swappedStep
        guard !hasTold, step == 0 ? run >= 2 : max(run, swappedRun) >= 3 else { return nil }
        hasTold = true
        return step != 0 ? .maskCounting : last == 0 ? .maskZero : .maskConstant
    }

    /// How the last key differs from the one before it.
    var stepText: String {
        let shown = run >= swappedRun ? step : swappedStep
        return shown >> 31 == 0 ? "+\(shown)" : "-\(0 &- shown)"
    }
}
