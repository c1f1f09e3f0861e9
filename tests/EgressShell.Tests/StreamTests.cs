using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

public sealed class StreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_stream_goes_where_pwsh_sends_it_and_without_colours_into_a_pipe()
    {
        const string Script = """
            function Write-All {
                [CmdletBinding()] param()
                'object'
                $PSCmdlet.WriteWarning('careful')
                $PSCmdlet.WriteVerbose('detail')
                $PSCmdlet.WriteInformation('note', [string[]]@())
                $Host.UI.WriteDebugLine('inside')
                $Host.UI.WriteLine('Green', 'Black', 'coloured')
                $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([Exception]::new('broken'), 'Id', 'DeviceError', 'target'))
            }
            Write-All -Verbose -InformationAction Continue
            """;
        var result = ShellProcess.Run("-Command", Script);
        Assert.Equal("object\nWARNING: careful\nVERBOSE: detail\nnote\nDEBUG: inside\ncoloured\n", result.Output);
        Assert.StartsWith("Write-All: ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("| broken\n", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Error);
    }

    [Fact]
    public void An_error_is_shown_with_its_details_and_its_advice()
    {
        const string Script = """
            function Fail {
                [CmdletBinding()] param()
                $record = [System.Management.Automation.ErrorRecord]::new([Exception]::new('plain'), 'Id', 'InvalidData', 'target')
                $record.ErrorDetails = 'The details of it.'
                $record.ErrorDetails.RecommendedAction = 'Lower -BatchSize.'
                $PSCmdlet.ThrowTerminatingError($record)
            }
            Fail
            """;
        var result = ShellProcess.Run("-Command", Script);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Contains("The details of it.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Recommendation: Lower -BatchSize.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_a_file_names_the_line()
    {
        var script = _folder.Write("fails.ps1", "$x = 1\nGet-Nothing $x\nthrow 'the end'\n");
        var result = ShellProcess.Run(script);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{script}:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("   2 |  Get-Nothing $x", result.Error, StringComparison.Ordinal);
        Assert.Contains("the end", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 +\n")]
    [InlineData("foreach ($x in 1) {")]
    public void A_script_that_does_not_parse_says_where(string text)
    {
        var script = _folder.Write("wrong.ps1", text);
        var result = ShellProcess.Run(script);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains($"{script}:1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_UTF_8_without_a_byte_order_mark_whatever_the_locale()
    {
        using var shell = ShellProcess.Start(
            ["dotnet", "exec", ShellProcess.Program, "-Command", "'漢字 é 😀'; [Console]::WriteLine('ü')"],
            new() { ["LANG"] = "en_US.ISO-8859-1", ["LC_ALL"] = "en_US.ISO-8859-1" });
        Assert.Equal("漢字 é 😀\nü\n", shell.WaitForEnd().Output);
    }

    [Fact]
    public void Numbers_and_dates_do_not_depend_on_the_locale()
    {
        using var shell = ShellProcess.Start(
            ["dotnet", "exec", ShellProcess.Program, "-Command", "1.5; '{0:N1}' -f 1234.5; [datetime]::new(2025, 1, 2).ToString('d')"],
            new() { ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8" });
        Assert.Equal("1.5\n1,234.5\n01/02/2025\n", shell.WaitForEnd().Output);
    }

    [Fact]
    public void A_megabyte_comes_through_whole_in_one_line_and_in_many()
    {
        var result = ShellProcess.Run("-Command", "'x' * 1MB; foreach ($n in 1..16384) { '{0:d8} {1}' -f $n, ('y' * 54) }");
        var lines = result.Output.Split('\n');
        Assert.Equal(1 + 16384 + 1, lines.Length);
        Assert.Equal(new string('x', 1 << 20), lines[0]);
        for (var n = 1; n <= 16384; n++)
        {
            Assert.Equal($"{n:d8} {new string('y', 54)}", lines[n]);
        }
    }

    [Fact]
    public void Output_is_there_as_soon_as_it_is_written()
    {
        var gate = _folder["gate"];
        using var shell = ShellProcess.Start(
            "-Command", $"'first'; while (-not [IO.File]::Exists('{gate}')) {{ [Threading.Thread]::Sleep(10) }}; 'second'");
        Assert.Equal("first", shell.ReadLine());
        File.WriteAllText(gate, "");
        Assert.Equal("first\nsecond\n", shell.WaitForEnd().Output);
    }

    [Fact]
    public void Progress_in_a_pipe_is_one_plain_line_on_standard_error()
    {
        const string Script = """
            function Work {
                [CmdletBinding()] param()
                foreach ($n in 0..99) {
                    $record = [System.Management.Automation.ProgressRecord]::new(1, 'Segmenting', "picture $n")
                    $record.PercentComplete = $n
                    $PSCmdlet.WriteProgress($record)
                }
                'done'
            }
            Work
            """;
        var result = ShellProcess.Run("-Command", Script);
        Assert.Equal("done\n", result.Output);
        Assert.Equal("Segmenting: picture 0, 0 %\n", result.Error);
    }
}
