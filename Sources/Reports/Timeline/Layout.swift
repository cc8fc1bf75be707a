/// Where the parts of a row stand, for one width of terminal.
struct Layout {
    /// `#12 `; wider numbers push the row to the right.
    static let gutterWidth = 4
    static let timeWidth = 11
    /// `binary ┌` and a blank.
    static let kindWidth = 9
    static let sizeWidth = 8
    /// Columns of a preview where no terminal limits them.
    static let previewWidth = 120
    /// Columns that a preview keeps when remarks want the rest.
    static let leastPreviewWidth = 16

    /// Columns of the terminal; nil when rows need not fit one.
    let width: Int?
    /// Where the kind begins, behind gutter, time and arrow.
    let kindStart: Int
    /// Where remarks begin when payload and remarks both leave room, so that the eye finds them.
    let remarkStart: Int

    init(width: Int?, hasGutter: Bool) {
        self.width = width
        kindStart = (hasGutter ? Self.gutterWidth : 1) + Self.timeWidth + 4
        let edge = width ?? 120
        // A narrow terminal has room for the most frequent remark only; on a wide one remarks stay near what they are about.
        remarkStart = edge < 100 ? edge - 14 : min(edge - 24, 120)
    }

    /// Where the payload begins in a row that nothing has pushed to the right.
    var payloadStart: Int { kindStart + Self.kindWidth + Self.sizeWidth + 2 }
}
