import System

/// A loader on its way into the thread that runs it.
final class Loading: Sendable {
    private let loader: Mutex<Loader?>

    init(_ loader: consuming sending Loader) { self.loader = Mutex(loader) }

    func run() -> Background.Running {
        Background.run { [self] in
            var loader = loader.withLock { $0.take() }
            loader?.run()
        }
    }
}
