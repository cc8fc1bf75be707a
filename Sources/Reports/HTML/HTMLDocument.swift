import Bytes

// How a page begins and ends.
extension ByteBuffer {
    /// Appends all that stands before the content, with the policy, the style sheet, and a link past the header.
    mutating func beginDocument(_ assets: HTMLAssets, title: String, tool: String, skipTo words: StaticString) {
        append(
            html:
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\""
        )
        append(string: assets.policy)
        append(
            html: """
                ">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <meta name="referrer" content="no-referrer">
                <meta name="generator" content="
                """)
        append(text: tool)
        append("\">\n<title>", text: title, "</title>\n<style>")
        append(assets.style.span)
        append(html: "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">")
        append(html: words)
        append(html: "</a>\n")
    }

    /// Appends the script, which finds everything else before it.
    mutating func endDocument(_ assets: HTMLAssets) {
        append(html: "<script>")
        append(assets.script.span)
        append(html: "</script>\n</body>\n</html>\n")
    }
}
