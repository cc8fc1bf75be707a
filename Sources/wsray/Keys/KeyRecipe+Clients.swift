// Clients and their libraries.
extension KeyRecipe {
    static let all: [KeyRecipe] = clients + libraries + servers + devices

    private static let clients: [KeyRecipe] = [
        KeyRecipe(
            name: "curl", others: ["libcurl", "git"], title: "curl, and programs with libcurl such as git",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log curl --http1.1 -N https://example.com/",
                "With OpenSSL, BoringSSL, GnuTLS and wolfSSL; not where curl uses Windows's or Apple's TLS (curl -V says which).",
            ]),
        KeyRecipe(
            name: "chromium", others: ["chrome", "edge", "brave", "electron", "browser"],
            title: "Chromium, Chrome, Edge, Electron programs",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log chromium --user-data-dir=/tmp/profile https://example.com/",
                "A browser that runs already takes no notice: close it first, or give a profile of its own as here.",
                "--ssl-key-log-file=FILE does the same. A snap may write only below ~/snap.",
            ]),
        KeyRecipe(
            name: "firefox", others: ["nss", "thunderbird"], title: "Firefox, and other programs with NSS",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log firefox --no-remote --profile $(mktemp -d) https://example.com/",
                "A browser that runs already takes no notice: close it first, or give a profile of its own as here.",
            ]),
        KeyRecipe(
            name: "safari", others: ["apple", "macos"], title: "Safari, and other programs with Apple's TLS",
            lines: [
                "Apple's TLS writes no key log. Use another browser, log at the server, or look at a proxy that does:",
                " SSLKEYLOGFILE=$PWD/keys.log mitmproxy",
            ]),
        KeyRecipe(
            name: "python", others: ["websockets", "aiohttp", "requests", "urllib3", "httpx"],
            title: "Python: websockets, aiohttp, requests",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log python3 client.py",
                "Works where the context comes from ssl.create_default_context(), as in websockets, aiohttp and urllib3, which requests uses.",
                "A context that a program makes itself, ssl.SSLContext(…), has to be told:",
                "     context.keylog_filename = os.environ.get(\"SSLKEYLOGFILE\")",
            ]),
        KeyRecipe(
            name: "node", others: ["nodejs", "npm", "ws"], title: "Node.js",
            lines: [
                " node --tls-keylog=keys.log client.js",
                " NODE_OPTIONS=--tls-keylog=$PWD/keys.log npm start",
                "From version 12.3 on. Node.js does not look at SSLKEYLOGFILE.",
            ]),
        KeyRecipe(
            name: "java", others: ["jvm", "kotlin", "scala", "tomcat"], title: "Java",
            lines: [
                "Java writes no key log; an agent does: extract-tls-secrets (github.com/neykov/extract-tls-secrets) or jSSLKeyLog.",
                " java -javaagent:extract-tls-secrets-4.0.0.jar=$PWD/keys.log -jar client.jar",
                " JAVA_TOOL_OPTIONS=-javaagent:$PWD/extract-tls-secrets-4.0.0.jar=$PWD/keys.log mvn test",
            ]),
        KeyRecipe(
            name: "go", others: ["golang"], title: "Go",
            lines: [
                "Go does not look at SSLKEYLOGFILE; the program has to set KeyLogWriter of its tls.Config:",
                "     keys, err := os.OpenFile(\"keys.log\", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)",
                "     dialer.TLSClientConfig = &tls.Config{KeyLogWriter: keys}",
            ]),
        KeyRecipe(
            name: "dotnet", others: [".net", "csharp", "schannel", "windows"], title: ".NET",
            lines: [
                "From .NET 9 on, on Linux; it has to be allowed in PROGRAM.runtimeconfig.json, under configProperties of runtimeOptions:",
                "     \"System.Net.EnableSslKeyLogging\": true",
                " SSLKEYLOGFILE=$PWD/keys.log dotnet run",
                "Windows's own TLS (SChannel) writes no key log: run the program on Linux, or log at the other side.",
            ]),
    ]
}
