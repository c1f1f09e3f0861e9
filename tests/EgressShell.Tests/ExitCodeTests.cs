using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

public sealed class ExitCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("& { exit 8 }; 'never'", 8)]
    [InlineData("throw 'boom'", 1)]
    [InlineData("1 +", 1)]
    [InlineData("Get-Nothing", 1)]
    [InlineData("Get-Nothing; 'last statement succeeded'", 0)]
    [InlineData("sh -c 'exit 4'", 1)]
    [InlineData("exit -1", 255)]
    public void A_command_ends_with_the_code_of_pwsh(string script, int code) =>
        Assert.Equal(code, ShellProcess.Run("-Command", script).ExitCode);

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 0", 0)]
    [InlineData("throw 'boom'", 1)]
    [InlineData("1 +", 1)]
    [InlineData("Get-Nothing", 0)]
    [InlineData("sh -c 'exit 4'", 0)]
    [InlineData("[CmdletBinding()] param() sh -c 'exit 4'; $PSCmdlet.WriteError($(try { throw 'x' } catch { $_ }))", 0)]
    [InlineData("function leave { exit 9 } leave; 'never'", 9)]
    public void A_file_ends_with_the_code_of_pwsh(string script, int code) =>
        Assert.Equal(code, ShellProcess.Run("-File", _folder.Write("script.ps1", script)).ExitCode);

    [Fact]
    public void Exit_in_a_script_that_a_script_calls_ends_only_that_one()
    {
        _folder.Write("inner.ps1", "exit 5");
        var outer = _folder.Write("outer.ps1", "& $PSScriptRoot/inner.ps1; \"inner gave $LASTEXITCODE\"; exit 6");
        var result = ShellProcess.Run("-File", outer);
        Assert.Equal("inner gave 5\n", result.Output);
        Assert.Equal(6, result.ExitCode);
    }

    [Theory]
    [InlineData("-Nonsense")]
    [InlineData("-File", "/no/such/script.ps1")]
    [InlineData("-Command")]
    public void A_wrong_command_line_gives_64_and_one_line_on_standard_error(params string[] arguments)
    {
        var result = ShellProcess.Run(arguments);
        Assert.Equal(64, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Help_and_version_give_0()
    {
        var help = ShellProcess.Run("-Help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("-NonInteractive", help.Output, StringComparison.Ordinal);

        var version = ShellProcess.Run("-Version");
        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.Matches(@"^EgressShell \d+\.\d+\.\d+ on PowerShell 7\.\d+\.\d+\n$", version.Output);
    }
}
