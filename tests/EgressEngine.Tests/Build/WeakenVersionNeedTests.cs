namespace Egress.Tests.Build;

/// <summary>The tool as the build runs it.</summary>
public sealed class WeakenVersionNeedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_there_already_is_replaced_and_not_written_into()
    {
        // As a hard link does, an open file shows whether the old file itself was changed.
        File.WriteAllText(_folder["copy.so"], "what was there before");
        using var before = File.OpenRead(_folder["copy.so"]);

        var tool = Run(TestPaths.OriginalTorchSharpLibrary, _folder["copy.so"], "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv");

        Assert.Equal((0, ""), (tool.ExitCode, tool.Errors));
        Assert.Contains("GLIBCXX_3.4.32", tool.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(TestPaths.Deps, "libLibTorchSharp.so")), File.ReadAllBytes(_folder["copy.so"]));
        Assert.Equal("what was there before", new StreamReader(before).ReadToEnd());
        Assert.Equal([_folder["copy.so"]], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("missing")]
    public void A_source_that_cannot_be_used_fails_the_build_and_leaves_nothing(string source)
    {
        File.WriteAllText(_folder["garbage"], "no library");
        var tool = Run(_folder[source], _folder["copy.so"], "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv");

        Assert.Equal(1, tool.ExitCode);
        Assert.StartsWith($"{_folder[source]} : error EGRESSBUILD002: ", tool.Errors, StringComparison.Ordinal);
        Assert.Equal([_folder["garbage"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_version_with_other_symbols_fails_the_build()
    {
        var tool = Run(TestPaths.OriginalTorchSharpLibrary, _folder["copy.so"], "GLIBCXX_3.4.30", "_ZSt21ios_base_library_initv");
        Assert.Equal(1, tool.ExitCode);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static ChildProcess Run(params string[] arguments) => ChildProcess.RunDotNet(TestPaths.WeakenVersionNeed, arguments);
}
