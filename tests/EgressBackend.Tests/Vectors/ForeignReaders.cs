namespace Egress.Backend.Tests.Vectors;

/// <summary>
/// npm's apache-arrow and hyparquet, which read files of vectors in a process of their own. Where node or npm is not there, tests that need
/// them are skipped; with EGRESS_REQUIRE_NPM=1 they fail.
/// </summary>
internal sealed class ForeignReaders
{
    private readonly string _script;

    private ForeignReaders(string script) => _script = script;

    /// <summary>Installs them, or skips the test.</summary>
    public static ForeignReaders Install() => new(ForeignProgram.InstallNpm(
        "vector-readers", "foreign.mjs", "apache-arrow@21.2.0", "hyparquet@1.33.0", "hyparquet-compressors@1.1.2"));

    /// <summary>A file's rows as JSON.</summary>
    public string Read(string path) => ForeignProgram.Run("node", _script, "rows", path);

    /// <summary>An Arrow file's schema, a field a line.</summary>
    public string Schema(string path) => ForeignProgram.Run("node", _script, "schema", path);
}
