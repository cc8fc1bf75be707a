import Bytes
import Glibc
import Testing

@testable import Redaction

private func redacted(_ text: String) -> String {
    var finder = SecretFinder(SecretNames())
    let bytes = Array(text.utf8)
    return Marker.replaced(finder.find(inText: bytes.span), in: bytes)
}

private func redacted(target: String) -> String {
    var finder = SecretFinder(SecretNames())
    let bytes = Array(target.utf8)
    return Marker.replaced(finder.find(inTarget: bytes.span), in: bytes)
}

@Suite("Numbers of cards and accounts")
struct AccountTests {
    @Test(
        "cards of all networks, with and without separators",
        arguments: [
            // The numbers that networks and processors publish for tests.
            "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111", "4111+1111+1111+1111",
            "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "3782 822463 10005", "30569309025904",
            "3056 930902 5904", "6011111111111117", "3530111333300000", "6200000000000005", "6759649826438453",
            "6304000000000000", "4000008449433403", "5019717010103742", "2200770212727079",
        ])
    func cards(_ number: String) {
        #expect(redacted("pay with \(number), please") == "pay with [redacted], please")
        #expect(redacted("{\"card\":\"\(number)\"}") == #"{"card":"[redacted]"}"#)
        #expect(redacted("order-\(number)") == "order-[redacted]")
        #expect(redacted("paid \(number) 25 EUR") == "paid [redacted] 25 EUR")
    }

    @Test("a card as a JSON number leaves JSON behind")
    func literals() {
        #expect(redacted(#"{"n":4111111111111111,"a":[ 378282246310005 ]}"#) == #"{"n":0,"a":[ 0 ]}"#)
        #expect(redacted("4111111111111111") == "[redacted]")
    }

    @Test(
        "numbers that are none",
        arguments: [
            // Another last digit; milliseconds and microseconds since 1970 that pass by chance; an identifier of 19 digits that does.
            "4111111111111112", "1700000000006", "1700000000000000", "1234567890123456", "1700000000000000017",
            // Fractions, versions, addresses, telephones, dates.
            "4.111111111111111", "0.4111111111111111", "4111111111111111.5", "41111.11111.11111.1", "192.168.100.200", "+49 170 1234567",
            "2026-11-22 19:16:21", "2026 1122 1916 2100", "4000000000000000", "4444444444444444",
            // Inside other words.
            "id4111111111111111", "4111111111111111a", "x_4111111111111111", "550e8400-e29b-41d4-a716-446655440000", "5555 5555 4444 44",
            "978-3-16-148410-0", "4006381333931",
        ])
    func others(_ text: String) {
        let given = "at \(text) it was"
        // A UUID is hidden for another reason.
        #expect(redacted(given) == given || text.contains("e29b"), "\(redacted(given))")
    }

    @Test(
        "accounts of the registry's examples",
        arguments: [
            "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819",
            "FR1420041010050500013M02606", "NL91ABNA0417164300", "NO9386011117947", "MT84MALT011000012345MTLCAST001S",
            "de89370400440532013000",
            "CH93-0076-2011-6238-5295-7", "ES9121000418450200051332", "PL61109010140000071219812874", "SA0380000000608010167519",
        ])
    func accounts(_ number: String) {
        #expect(redacted("to \(number) today") == "to [redacted] today")
        #expect(redacted("{\"iban\":\"\(number)\"}") == #"{"iban":"[redacted]"}"#)
    }

    @Test(
        "what only begins like an account",
        arguments: [
            "DE88370400440532013000", "DE8937040044053201300", "DE893704004405320130000", "XX89370400440532013000", "IT60 is a room",
            "DE89 Berlin", "AT12 and some more words here", "MT84", "NO93 86011117948",
        ])
    func notAccounts(_ text: String) {
        #expect(redacted("to \(text) today") == "to \(text) today")
    }

    /// Nanoseconds that the processor has spent on this thread.
    private static var processorTime: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test(
        "four times the text takes about four times as long, whatever it repeats",
        arguments: ["4111 ", "4111-", "code ", "-p ", "seed legal ", "DE89 ", "<add key=\"password\" ", "code=state="])
    func linear(piece: String) {
        /// The least processor time of several runs, since other tests run beside this one.
        func least(_ count: Int) -> UInt64 {
            (0..<5).map { _ in
                let start = Self.processorTime
                _ = redacted(String(repeating: piece, count: count))
                return Self.processorTime - start
            }.min() ?? 0
        }
        let (short, long) = (least(500), least(2_000))
        #expect(long < short * 12, "\(short) and \(long) ns")
    }
}

@Suite("Codes, phrases and commands")
struct CodeTests {
    @Test(
        "codes and states of OAuth in URLs, forms and JSON",
        arguments: [
            ("/cb?code=SplxlOBe&state=xyz&lang=en", "/cb?code=[redacted]&state=[redacted]&lang=en"),
            ("/oauth/callback?code=abc", "/oauth/callback?code=[redacted]"),
            ("/signin?redirect_uri=x&state=af0ifjsldkj", "/signin?redirect_uri=x&state=[redacted]"),
            // Not without the others.
            ("/rooms?state=open&page=2", "/rooms?state=open&page=2"), ("/errors?code=404", "/errors?code=404"),
            ("/map?country=de&state=bayern", "/map?country=de&state=bayern"),
        ])
    func oauthTargets(_ target: String, _ wanted: String) {
        #expect(redacted(target: target) == wanted)
    }

    @Test(
        "the same in text",
        arguments: [
            ("grant_type=authorization_code&code=SplxlO&x=1", "grant_type=authorization_code&code=[redacted]&x=1"),
            ("code=SplxlO&state=xyz", "code=[redacted]&state=[redacted]"),
            (#"{"redirect_uri":"/a","code":"SplxlO","state":"xyz"}"#, #"{"redirect_uri":"/a","code":"[redacted]","state":"[redacted]"}"#),
            (#"{"code_verifier":"dBjftJ"}"#, #"{"code_verifier":"[redacted]"}"#),
            (#"{"code":1006,"state":"open"}"#, #"{"code":1006,"state":"open"}"#), ("state=open", "state=open"),
            ("zipcode=12345&estate=x", "zipcode=12345&estate=x"),
        ])
    func oauthText(_ given: String, _ wanted: String) {
        #expect(redacted(given) == wanted)
    }

    @Test(
        "codes that are good once, beside their kind",
        arguments: [
            ("Your verification code is 123456.", "Your verification code is [redacted]."),
            ("Security code: 12-34-56", "Security code: [redacted]"), ("OTP 481516 expires", "OTP [redacted]"),
            ("your one-time code 4815 is here", "your one-time code [redacted] is here"),
            ("G-728311 is your login code", "G-728311 is your login code"),
            ("Ihr Bestätigungscode lautet 728311", "Ihr Bestätigungscode lautet [redacted]"),
            ("tu código de verificación es 728311", "tu código de verificación es [redacted]"),
            ("Код подтверждения: 728311", "Код подтверждения: [redacted]"),
            (#"{"type":"otp","code":"728311"}"#, #"{"type":"otp","code":"[redacted]"}"#),
            (#"{"code":728311,"method":"sms","to":"+49"}"#, #"{"code":0,"method":"sms","to":"+49"}"#),
            (#"{"verificationCode":"728311"}"#, #"{"verificationCode":"[redacted]"}"#),
            // Codes of another kind.
            ("close code 1006, error code 40212", "close code 1006, error code 40212"), ("zip code 10115", "zip code 10115"),
            (#"{"type":"error","code":"40212"}"#, #"{"type":"error","code":"40212"}"#),
            ("login error code 40212", "login error code 40212"), ("the code has 4096 lines", "the code has 4096 lines"),
            ("verification code was sent at 12:30", "verification code was sent at 12:30"),
            (#"{"type":"sms","text":"hello"}"#, #"{"type":"sms","text":"hello"}"#),
        ])
    func oneTime(_ given: String, _ wanted: String) {
        #expect(redacted(given) == wanted)
    }

    private static let phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"

    @Test(
        "the words of a wallet after a word that says so",
        arguments: [
            ("mnemonic: \(phrase)", "mnemonic: [redacted]"), ("my seed phrase is \(phrase)", "my seed phrase is [redacted]"),
            ("recovery phrase \(phrase) \(phrase)", "recovery phrase [redacted]"),
            (#"{"text":"seed","value":"\#(phrase)"}"#, #"{"text":"seed","value":"[redacted]"}"#),
            (#"{"wallet":{"data":"\#(phrase)"}}"#, #"{"wallet":{"data":"[redacted]"}}"#),
            (#"{"recoveryPhrase":["legal","winner"]}"#, #"{"recoveryPhrase":[]}"#),
            // Without a name, or too few, or prose.
            (phrase, phrase), ("see: \(phrase)", "see: \(phrase)"),
            ("seed: legal winner thank year", "seed: [redacted]"),
            (
                "the seed fund is looking for a partner in the north of the country",
                "the seed fund is looking for a partner in the north of the country"
            ),
        ])
    func phrases(_ given: String, _ wanted: String) {
        #expect(redacted(given) == wanted)
    }

    @Test("words that are numbered, or stand in lines")
    func numbered() {
        let words = Self.phrase.split(separator: " ")
        let lines = words.enumerated().map { "\($0.offset + 1). \($0.element)" }.joined(separator: "\n")
        #expect(!redacted("recovery words\n\(lines)").contains("sausage"))
        #expect(!redacted("backup phrase: \(words.joined(separator: ", "))").contains("sausage"))
    }

    @Test(
        "passwords in command lines",
        arguments: [
            ("curl -u ada:s3cret https://h/", "curl -u ada:[redacted] https://h/"),
            ("curl -sS -uada:x http://h", "curl -sS -uada:[redacted] http://h"),
            ("curl --user 'ada:two words' h", "curl --user 'ada:[redacted]' h"),
            ("mysql -h db -pSecret app", "mysql -h db -p[redacted] app"),
            ("sshpass -p hunter2 ssh h", "sshpass -p [redacted] ssh h"), ("redis-cli -a pw get k", "redis-cli -a [redacted] get k"),
            (#"{"cmd":"mysqldump -uroot -ppw db"}"#, #"{"cmd":"mysqldump -uroot -p[redacted] db"}"#),
            // Other programs mean other things.
            ("docker run -u 1000:1000 -p8080:80 x", "docker run -u 1000:1000 -p8080:80 x"), ("mkdir -p a/b", "mkdir -p a/b"),
            ("mysql -p app", "mysql -p app"), ("curl -u ada h", "curl -u ada h"), ("ssh -p 22 h", "ssh -p 22 h"),
        ])
    func commands(_ given: String, _ wanted: String) {
        #expect(redacted(given) == wanted)
    }

    @Test(
        "attributes of XML, by their own name and by one beside them",
        arguments: [
            (#"<db user="ada" password="x y"/>"#, #"<db user="ada" password="[redacted]"/>"#),
            (#"<property name="password" value="x"/>"#, #"<property name="password" value="[redacted]"/>"#),
            (#"<add value="x" key="ApiKey" />"#, #"<add value="[redacted]" key="ApiKey" />"#),
            (#"<entry key="db.password">x</entry>"#, #"<entry key="db.password">[redacted]</entry>"#),
            (#"<property name="colour" value="red"/>"#, #"<property name="colour" value="red"/>"#),
            (#"<input name="password"/><b>x</b>"#, #"<input name="password"/><b>x</b>"#),
        ])
    func attributes(_ given: String, _ wanted: String) {
        #expect(redacted(given) == wanted)
    }

    @Test(
        "passwords in the languages most used, in UTF-8, in escapes and in forms",
        arguments: [
            "senha", "novaSenha", "contraseña", "Contrasena", "clave", "passwort", "Kennwort", "mot_de_passe", "wachtwoord", "lösenord",
            "LÖSENORD", "hasło", "HASŁO", "heslo", "jelszó", "şifre", "ŞIFRE", "parola", "пароль", "Пароль", "новый_пароль", "パスワード",
            "비밀번호", "密码", "登录密码", "كلمة_المرور", "सिक्रेट_पासवर्ड", "รหัสผ่าน", "סיסמה", "mật_khẩu", "kata_sandi", "adgangskode", "salasana",
        ])
    func languages(_ name: String) {
        #expect(redacted(#"{"\#(name)":"abc","n":1}"#) == #"{"\#(name)":"[redacted]","n":1}"#)
        let escaped = name.utf16.map { $0 < 0x80 ? String(UnicodeScalar(UInt8($0))) : "\\u" + hex($0) }.joined()
        #expect(redacted(#"{"\#(escaped)":"abc"}"#) == #"{"\#(escaped)":"[redacted]"}"#)
        let coded = name.utf8.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "%" + String($0, radix: 16, uppercase: true) }.joined()
        #expect(redacted("\(coded)=abc&n=1") == "\(coded)=[redacted]&n=1")
    }

    private func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    @Test(
        "words of these languages that mean something else",
        arguments: [
            #"{"resenha":"boa","desenhar":1}"#, #"{"السرعة":"50"}"#, #"{"Titel":"Das Wort","mot":"bonjour"}"#, #"{"암호화폐":"BTC"}"#,
            "palabra clave en el texto", "la parola fine",
        ])
    func harmless(_ text: String) {
        #expect(redacted(text) == text)
    }

    @Test("certificates that a proxy hands on")
    func certificates() {
        var finder = SecretFinder(SecretNames())
        for name in ["X-Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert"] {
            let value = Array("Hash=ab;Cert=\"x\"".utf8)
            #expect(Marker.replaced(finder.find(inHeader: name, value.span), in: value) == "[redacted]")
        }
    }
}
