using System.ComponentModel;
using System.Diagnostics;
using Egress.Tests;

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
    public static ForeignReaders Install()
    {
        try
        {
            var folder = NpmPackages.Install("vector-readers", "apache-arrow@21.2.0", "hyparquet@1.33.0", "hyparquet-compressors@1.1.2");
            var script = Path.Combine(folder, "foreign.mjs");
            using var source = typeof(ForeignReaders).Assembly.GetManifestResourceStream("foreign.mjs")!;
            using var target = File.Create(script);
            source.CopyTo(target);
            return new ForeignReaders(script);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("EGRESS_REQUIRE_NPM") == "1", $"No readers of npm: {error.Message}");
            throw;
        }
    }

    /// <summary>A file's rows as JSON.</summary>
    public string Read(string path) => Run("rows", path);

    /// <summary>An Arrow file's schema, a field a line.</summary>
    public string Schema(string path) => Run("schema", path);

    private string Run(string verb, string path)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [_script, verb, path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, errors.Result);
        return output;
    }
}
