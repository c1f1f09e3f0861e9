using System.Text.RegularExpressions;
using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

/// <summary>Where the machine has a pwsh, both run the same scripts and say the same.</summary>
public sealed partial class PwshComparisonTests : IDisposable
{
    // env, through which it is started, gives an empty output where there is none.
    private static readonly Lazy<string> s_pwshVersion = new(() =>
    {
        using var pwsh = ShellProcess.Start(["pwsh", "-Version"], []);
        return pwsh.WaitForEnd().Output;
    });

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1, 'two', 3.5, $null, $true")]
    [InlineData("[PSCustomObject]@{ A = 1; B = 'x' }, [PSCustomObject]@{ A = 2; B = 'y' }")]
    [InlineData("[PSCustomObject]@{ A = 1; B = 2; C = 3; D = 4; E = 5 }")]
    [InlineData("[ordered]@{ key = 'value'; number = 1 }")]
    [InlineData("[version]'1.2.3'; [timespan]'01:02:03'; [guid]::Empty")]
    [InlineData("[Exception]::new('an exception as an object')")]
    [InlineData("'a'; Get-Nothing; 'b'")]
    [InlineData("throw 'boom'")]
    [InlineData("throw [IO.InvalidDataException]::new('typed')")]
    [InlineData("$ErrorActionPreference = 'Stop'; Get-Nothing; 'never'")]
    [InlineData("Get-Help Where-Object -Parameter NoSuch")]
    [InlineData("Import-Module /no/such/module.psd1")]
    [InlineData("function f([Parameter(Mandatory)] $x) { } f")]
    [InlineData("if (")]
    [InlineData("sh -c 'echo out; echo err >&2; exit 3'; \"code $LASTEXITCODE\"")]
    [InlineData("[CmdletBinding()] param() $PSCmdlet.WriteWarning('w'); $Host.UI.WriteErrorLine('e')")]
    [InlineData("#requires -Version 99\n'never'")]
    [InlineData("using namespace System.IO\n[Path]::GetFileName('a/b')")]
    public void A_script_file_gives_the_same_as_in_pwsh(string script)
    {
        Assert.SkipUnless(s_pwshVersion.Value.StartsWith("PowerShell 7.6.", StringComparison.Ordinal), "There is no pwsh 7.6 here.");
        string[] arguments = ["-NoProfile", "-NonInteractive", "-File", _folder.Write("script.ps1", script)];
        using var theirs = ShellProcess.Start(["pwsh", .. arguments], new() { ["NO_COLOR"] = "1" });
        using var ours = ShellProcess.Start(arguments);
        Assert.Equal(Comparable(theirs.WaitForEnd()), Comparable(ours.WaitForEnd()));
    }

    /// <summary>Without the differences that are wanted: in a pipe pwsh wraps errors at 80 columns and the shell at 120.</summary>
    private static ShellResult Comparable(ShellResult result) => result with
    {
        Error = Patch().Replace(result.UnwrappedError, "7.6.x"),
    };

    [GeneratedRegex(@"7\.6\.\d+")]
    private static partial Regex Patch();
}
