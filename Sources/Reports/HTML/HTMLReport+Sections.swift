import Bytes

// What sections of the page have in common: a heading that names them, and a table that can be scrolled by itself.
extension HTMLReport {
    struct Column {
        let title: StaticString
        var isNumber = false

        static func text(_ title: StaticString) -> Column { Column(title: title) }
        static func number(_ title: StaticString) -> Column { Column(title: title, isNumber: true) }
    }

    /// Begins a section, which is found by its name.
    mutating func beginSection(_ name: StaticString, _ title: StaticString) {
        output.append(html: "<section id=\"")
        output.append(html: name)
        output.append(html: "\" aria-labelledby=\"")
        output.append(html: name)
        output.append(html: "-title\">\n<h2 id=\"")
        output.append(html: name)
        output.append(html: "-title\">")
        output.append(html: title)
        output.append(html: "</h2>\n")
    }

    /// Begins the table of a section; rows follow.
    mutating func beginTable(_ name: StaticString, _ columns: [Column]) {
        output.append(html: "<div class=\"scroll\" role=\"region\" aria-labelledby=\"")
        output.append(html: name)
        output.append(html: "-title\" tabindex=\"0\"><table class=\"")
        output.append(html: name)
        output.append(html: "\" aria-labelledby=\"")
        output.append(html: name)
        output.append(html: "-title\">\n<thead><tr>")
        for column in columns {
            output.append(html: column.isNumber ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">")
            output.append(html: column.title)
            output.append(html: "</th>")
        }
        output.append(html: "</tr></thead>\n<tbody>\n")
    }

    mutating func endTable() { output.append(html: "</tbody>\n</table></div>\n") }

    mutating func endSection() { output.append(html: "</section>\n") }
}
