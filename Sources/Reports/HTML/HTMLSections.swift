import Bytes

// What sections of a page have in common: a heading that names them, and a table that can be scrolled by itself.
extension ByteBuffer {
    struct Column {
        let title: StaticString
        var isNumber = false

        static func text(_ title: StaticString) -> Column { Column(title: title) }
        static func number(_ title: StaticString) -> Column { Column(title: title, isNumber: true) }
    }

    /// Begins a section, which is found by its name.
    mutating func beginSection(_ name: StaticString, _ title: StaticString) {
        append(html: "<section id=\"")
        append(html: name)
        append(html: "\" aria-labelledby=\"")
        append(html: name)
        append(html: "-title\">\n<h2 id=\"")
        append(html: name)
        append(html: "-title\">")
        append(html: title)
        append(html: "</h2>\n")
    }

    /// Begins the table of a section; rows follow.
    /// - Parameter titleID: the element that names it; nil for the section's heading.
    mutating func beginTable(_ name: StaticString, titledBy titleID: String? = nil, _ columns: [Column]) {
        let titleID = titleID ?? "\(name)-title"
        append("<div class=\"scroll\" role=\"region\" aria-labelledby=\"", text: titleID, "\" tabindex=\"0\"><table class=\"")
        append(html: name)
        append("\" aria-labelledby=\"", text: titleID, "\">\n<thead><tr>")
        for column in columns {
            append(html: column.isNumber ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">")
            append(html: column.title)
            append(html: "</th>")
        }
        append(html: "</tr></thead>\n<tbody>\n")
    }

    mutating func endTable() { append(html: "</tbody>\n</table></div>\n") }

    mutating func endSection() { append(html: "</section>\n") }
}
