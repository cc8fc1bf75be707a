extension JSONLinesReport {
    /// The JSON Schema of the lines, as in `Docs/wsray.schema.json`.
    public static var schema: [UInt8] { PackageResources.wsray_schema_json }
}
