/// Names that say that what they name is secret: of JSON members, header fields, query parameters, variables in text.
///
/// A name is compared without regard to case, `_`, `-` and `.`: `accessToken`, `ACCESS_TOKEN` and `x-access-token` are one to it.
public struct SecretNames: Sendable {
    /// A name that has one of these in it is secret.
    static let telling = [
        "token", "password", "passwd", "passphrase", "passcode", "secret", "apikey", "accesskey", "privatekey", "signingkey", "credential",
        "session", "jwt", "bearer", "cookie", "authorization", "csrf", "xsrf", "signature", "authdata", "sessid", "assertion",
        "samlresponse",
        "mnemonic", "recoveryphrase", "seedphrase", "recoverycode", "recoverykey", "backupcode", "encryptionkey", "clientkey", "appkey",
        "subscriptionkey", "mfacode", "clientcert", "codeverifier", "devicecode", "usercode", "verificationcode", "onetimecode",
    ]
    /// Passwords in other languages: German, French, Spanish, Portuguese, Dutch, Swedish, Danish, Norwegian, Finnish, Polish, Czech,
    /// Hungarian, Turkish, Romanian, Indonesian, Vietnamese, Russian, Ukrainian, Greek, Hebrew, Arabic, Hindi, Thai, Chinese, Japanese,
    /// Korean. Capitals beyond ASCII are written out, since only ASCII is compared without regard to case.
    static let foreign = [
        "passwort", "kennwort", "motdepasse", "contrase", "wachtwoord", "lösenord", "lÖsenord", "losenord", "adgangskode",
        "kodeord", "passord", "salasana", "hasło", "hasŁo", "haslo", "heslo", "jelszó", "jelszÓ", "jelszo", "şifre", "Şifre", "sifre",
        "parolă", "katasandi", "mậtkhẩu", "matkhau", "пароль", "Пароль", "ПАРОЛЬ", "κωδικόςπρόσβασης", "סיסמה",
        "סיסמא", "كلمةالمرور", "كلمةالسر", "पासवर्ड", "รหัสผ่าน", "密码", "密碼", "口令", "パスワード", "暗証番号", "비밀번호",
    ]
    /// A name of several words is secret when one of them is one of these.
    static let words = [
        "auth", "oauth", "pwd", "pass", "pin", "otp", "sid", "sig", "sas", "pw", "totp", "sign", "cvv", "cvc", "ticket", "seed",
        "passe", "senha", "clave", "parola", "sandi", "khẩu", "πρόσβασης", "المرور", "السر", "암호",
    ]

    private let telling: [[UInt8]]
    private let words: [[UInt8]]

    /// - Parameter more: further names; what has one in it is secret.
    public init(adding more: [String] = []) {
        telling = (Self.telling + Self.foreign + more).map { Self.normalized($0.utf8) }.filter { !$0.isEmpty }
        words = Self.words.map { Array($0.utf8) }
    }

    /// Whether a name is one of a secret.
    public func match(_ name: some Sequence<UInt8>) -> Bool {
        let written = Array(name)
        let plain = Self.normalized(written)
        if telling.contains(where: { Self.contains(plain, $0) }) || words.contains(where: { Self.hasWord(written, $0) }) { return true }
        // Characters without width between the others hide a name from nobody who reads it.
        guard plain.contains(where: { $0 >= 0x80 }) else { return false }
        let ascii = plain.filter { $0 < 0x80 }
        return telling.contains { Self.contains(ascii, $0) }
    }

    static func hasWord(of words: [String], in name: [UInt8]) -> Bool { words.contains { hasWord(name, Array($0.utf8)) } }

    private static func normalized(_ name: some Sequence<UInt8>) -> [UInt8] {
        name.compactMap { byte in isSeparator(byte) ? nil : lowercased(byte) }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: " "), UInt8(ascii: "$"), UInt8(ascii: "@"): true
        default: false
        }
    }

    private static func contains(_ name: [UInt8], _ part: [UInt8]) -> Bool {
        guard name.count >= part.count else { return false }
        return (0...name.count - part.count).contains { start in name[start..<start + part.count].elementsEqual(part) }
    }

    /// Words end at separators, and where capitals begin.
    private static func hasWord(_ name: [UInt8], _ word: [UInt8]) -> Bool {
        var start = 0
        for end in 0...name.count {
            let isEnd = end == name.count || isSeparator(name[end])
            let isCapital = end < name.count && end > start && isUppercase(name[end]) && !isUppercase(name[end - 1])
            guard isEnd || isCapital else { continue }
            if name[start..<end].lazy.map(lowercased).elementsEqual(word) { return true }
            start = isEnd ? end + 1 : end
        }
        return false
    }

    private static func isUppercase(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

    private static func lowercased(_ byte: UInt8) -> UInt8 { isUppercase(byte) ? byte | 0x20 : byte }
}
