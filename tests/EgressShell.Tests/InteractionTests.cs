using System.Runtime.InteropServices;
using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

/// <summary>What asks a person, without one and on a pseudo-terminal that <c>script</c> of util-linux makes.</summary>
public sealed class InteractionTests : IDisposable
{
    private const string Confirming = """
        [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')] param()
        if ($PSCmdlet.ShouldProcess('the pool', 'Remove')) { 'removed' } else { 'kept' }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("$Host.UI.ReadLine()", "for a line of text")]
    [InlineData("$Host.UI.ReadLineAsSecureString()", "for a key")]
    [InlineData("$Host.UI.RawUI.ReadKey()", "for a key")]
    [InlineData("$Host.UI.PromptForCredential('', '', '', '')", "for a user name and password")]
    [InlineData("$Host.UI.PromptForChoice('Go on', 'Really?', [Management.Automation.Host.ChoiceDescription[]]'&Yes', 0)", "'Go on Really?'")]
    public void A_question_that_nobody_can_answer_is_an_error_that_says_so(string script, string question)
    {
        var result = ShellProcess.Run("-NonInteractive", "-Command", $"$ErrorActionPreference = 'Stop'; {script}; 'never'");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains(question, result.Error, StringComparison.Ordinal);
        Assert.Contains("-NonInteractive", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_confirmation_without_a_terminal_is_an_error()
    {
        var result = ShellProcess.Run(_folder.Write("confirm.ps1", Confirming));
        Assert.Equal("", result.Output);
        Assert.Contains("standard input is not a terminal", result.UnwrappedError, StringComparison.Ordinal);
        Assert.Contains("-Confirm:$false", result.UnwrappedError, StringComparison.Ordinal);

        Assert.Equal("removed\n", ShellProcess.Run(_folder["confirm.ps1"], "-Confirm:$false").Output);
    }

    [Fact]
    public void A_missing_parameter_without_a_terminal_is_named()
    {
        var result = ShellProcess.Run(_folder.Write("mandatory.ps1", "param([Parameter(Mandatory)] $Needed) 'never'"));
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("Needed", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_has_a_size_without_a_terminal() =>
        Assert.Equal(
            "120 50 120\n",
            ShellProcess.Run("-Command", "$raw = $Host.UI.RawUI; \"$($raw.WindowSize.Width) $($raw.WindowSize.Height) $($raw.BufferSize.Width)\"").Output);

    [Fact]
    public void A_terminal_answers_confirmations_and_missing_parameters()
    {
        using var shell = StartOnTerminal($"-File {_folder.Write("ask.ps1", $"param([Parameter(Mandatory)][int]$Size)\n\"size $Size\"\n& {{ {Confirming} }}")}");
        shell.ReadTo("Size: ");
        shell.Type("many\n");
        shell.ReadTo("Size: ");
        shell.Type("12\n");
        shell.ReadTo("size 12");
        shell.ReadTo("(default is \"Y\"): ");
        shell.Type("?\n");
        shell.ReadTo("N - ");
        shell.ReadTo("(default is \"Y\"): ");
        shell.Type("n\n");
        shell.ReadTo("kept");
        Assert.Equal(0, shell.WaitForEnd().ExitCode);
    }

    [Fact]
    public void A_terminal_is_asked_for_lists_and_for_credentials_whose_password_it_does_not_show()
    {
        var script = _folder.Write(
            "who.ps1", "param([Parameter(Mandatory)][string[]]$Name, [Parameter(Mandatory)][pscredential]$As)\n\"$($Name -join '+') as $($As.UserName), $($As.Password.Length)\"");
        using var shell = StartOnTerminal($"-File {script}");
        foreach (var (label, answer) in new[] { ("Name[0]", "a"), ("Name[1]", "b c"), ("Name[2]", ""), ("User", "ada") })
        {
            shell.ReadTo($"{label}: ");
            shell.Type($"{answer}\n");
        }

        // Two letters, the second of them taken back, and one more.
        shell.ReadTo("Password: ");
        shell.Type("xy");
        shell.ReadTo("**");
        shell.Type("\x7f");
        shell.ReadTo("\b \b");
        shell.Type("z\n");
        Assert.EndsWith("a+b c as ada, 2", shell.ReadTo("as ada, 2"), StringComparison.Ordinal);
        var result = shell.WaitForEnd();
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("xz", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_C_ends_a_question()
    {
        using var shell = StartOnTerminal("-Command \"'asking'; \\$Host.UI.ReadLine(); 'never'\"");
        shell.ReadTo("asking");
        shell.Type("\x03");
        var result = shell.WaitForEnd();
        Assert.Equal(130, result.ExitCode);
        Assert.DoesNotContain("never", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "\e[92m", "\e[31;1m")]
    [InlineData("1", null, null)]
    public void A_terminal_has_colours_unless_NO_COLOR_is_set(string? noColor, string? green, string? red)
    {
        using var shell = StartOnTerminal("-Command \"\\$Host.UI.WriteLine('Green', 'Black', 'leaf'); Get-Nothing\"", noColor);
        var result = shell.WaitForEnd();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("leaf", result.Output, StringComparison.Ordinal);
        Assert.Contains("Get-Nothing", result.Output, StringComparison.Ordinal);
        Assert.Equal(green is not null, result.Output.Contains("\e[92m", StringComparison.Ordinal));
        Assert.Equal(red is not null, result.Output.Contains("\e[31;1m", StringComparison.Ordinal));
    }

    [Fact]
    public void Progress_on_a_terminal_is_written_over_and_cleared()
    {
        var script = _folder.Write(
            "work.ps1",
            """
            [CmdletBinding()] param()
            $record = [System.Management.Automation.ProgressRecord]::new(1, 'Copying', 'half')
            $record.PercentComplete = 50
            $PSCmdlet.WriteProgress($record)
            'output'
            [Threading.Thread]::Sleep(200)
            $PSCmdlet.WriteProgress($record)
            $record.RecordType = 'Completed'
            $PSCmdlet.WriteProgress($record)
            'end'
            """);
        using var shell = StartOnTerminal($"-File {script}");
        const string Line = "\r\e[KCopying: half, 50 % [##########          ]";
        Assert.Contains($"{Line}\r\e[Koutput\r\n{Line}\r\e[Kend\r\n", shell.WaitForEnd().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_script_a_terminal_gets_one_line_of_usage()
    {
        using var shell = StartOnTerminal("");
        var result = shell.WaitForEnd();
        Assert.Equal(64, result.ExitCode);
        Assert.Contains("Usage: EgressShell", result.Output, StringComparison.Ordinal);
    }

    private static ShellProcess StartOnTerminal(string arguments, string? noColor = null)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script") && RuntimeInformation.IsOSPlatform(OSPlatform.Linux), "There is no script(1) here.");
        return ShellProcess.Start(
            ["script", "-qec", $"dotnet exec {ShellProcess.Program} {arguments}", "/dev/null"],
            new() { ["TERM"] = "xterm", ["NO_COLOR"] = noColor });
    }
}
