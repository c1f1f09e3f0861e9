using System.Management.Automation.Runspaces;

namespace Egress.Shell.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-Command")]
    [InlineData("-c")]
    [InlineData("-COMM")]
    [InlineData("--command")]
    public void The_rest_after_Command_is_the_script(string option)
    {
        var options = CommandLine.Parse(["-NoProfile", option, "1 +", "1", "-File"], inputRedirected: false);
        Assert.Equal(ShellMode.Command, options.Mode);
        Assert.Equal("1 + 1 -File", options.Text);
        Assert.False(options.NonInteractive);
    }

    [Fact]
    public void What_has_no_meaning_here_is_accepted()
    {
        var options = CommandLine.Parse(["-nop", "-NoLogo", "-noni", "-ExecutionPolicy", "Bypass", "-ep", "x", "-c", "1"], false);
        Assert.Equal("1", options.Text);
        Assert.True(options.NonInteractive);
    }

    [Theory]
    [InlineData(ShellMode.Help, "-Help")]
    [InlineData(ShellMode.Help, "-?")]
    [InlineData(ShellMode.Version, "-v")]
    public void Information_needs_no_script(object mode, string option) =>
        Assert.Equal(mode, CommandLine.Parse([option], inputRedirected: false).Mode);

    [Theory]
    [InlineData("-Command", "-")]
    [InlineData("-File", "-")]
    [InlineData("-")]
    [InlineData]
    public void The_script_comes_through_a_standard_input_that_is_no_terminal(params string[] arguments)
    {
        Assert.Equal(ShellMode.StandardInput, CommandLine.Parse(arguments, inputRedirected: true).Mode);
        Assert.Throws<UsageException>(() => CommandLine.Parse(arguments, inputRedirected: false));
    }

    [Theory]
    [InlineData("-Nonsense", "-Nonsense")]
    [InlineData("-no", "-no")]
    [InlineData("needs the text", "-Command")]
    [InlineData("Nothing may follow", "-Command", "-", "more")]
    [InlineData("needs the path", "-File")]
    [InlineData("nowhere.ps1", "nowhere.ps1")]
    [InlineData("needs a value", "-ExecutionPolicy")]
    [InlineData("/no/such/folder", "-wd", "/no/such/folder", "-c", "1")]
    public void A_wrong_command_line_is_refused_with_the_reason(string reason, params string[] arguments)
    {
        var exception = Assert.Throws<UsageException>(() => CommandLine.Parse(arguments, inputRedirected: true));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_bare_word_is_a_script_file_and_the_rest_is_its_own()
    {
        var script = _folder.Write("a script.ps1", "");
        var options = CommandLine.Parse(["-noni", script, "-Command", "x"], inputRedirected: false);
        Assert.Equal(ShellMode.File, options.Mode);
        Assert.Equal(script, options.Text);
        Assert.Equal([("-Command", null), (null, "x")], Pairs(options));
    }

    [Fact]
    public void A_relative_script_is_looked_for_where_the_shell_was_started()
    {
        var script = _folder.Write("relative.ps1", "");
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, script);
        var options = CommandLine.Parse(["-WorkingDirectory", "/", relative], inputRedirected: false);
        Assert.Equal(script, options.Text);
        Assert.Equal("/", options.WorkingDirectory);
    }

    [Fact]
    public void Words_after_a_script_become_names_and_values()
    {
        string[] words = ["-Name", "a b", "-Count:5", "-Later:", "-x", "-Off:$false", "-On:true", "$true", "--long", "-", "", "-5"];
        var options = CommandLine.Parse([_folder.Write("s.ps1", ""), .. words], inputRedirected: false);
        (string?, object?)[] expected =
        [
            ("-Name", null), (null, "a b"), ("-Count", "5"), ("-Later", "-x"), ("-Off", false), ("-On", true), (null, "$true"),
            ("--long", null), (null, "-"), (null, ""), ("-5", null),
        ];
        Assert.Equal(expected, Pairs(options));
    }

    private static IEnumerable<(string?, object?)> Pairs(ShellOptions options) =>
        options.Arguments.Select((CommandParameter parameter) => ((string?)parameter.Name, (object?)parameter.Value));
}
