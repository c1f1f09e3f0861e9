using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

public sealed class ScriptFileTests : IDisposable
{
    private const string Parameters = """
        param([int]$Count = 3, [switch]$Deep, [string[]]$Name, [bool]$Flag)
        "Count=$Count Deep=$Deep Name=$($Name -join '|') Flag=$Flag"
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Count=3 Deep=False Name= Flag=False")]
    [InlineData("Count=5 Deep=True Name=a,b Flag=False", "-Count", "5", "-Deep", "-Name", "a,b")]
    [InlineData("Count=5 Deep=False Name=x Flag=True", "-Deep:$false", "-Count:5", "-Name:x", "-Flag:$true")]
    [InlineData("Count=7 Deep=True Name=pos Flag=False", "7", "pos", "-d")]
    [InlineData("Count=-5 Deep=False Name= Flag=False", "-Count", "-5")]
    public void Arguments_are_bound_to_the_parameters(string expected, params string[] arguments)
    {
        var result = ShellProcess.Run([_folder.Write("script.ps1", Parameters), .. arguments]);
        Assert.Equal((0, expected + "\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void An_argument_that_cannot_be_bound_is_an_error()
    {
        var result = ShellProcess.Run(_folder.Write("script.ps1", Parameters), "-Count", "many");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("'Count'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_without_parameters_finds_its_arguments_in_args()
    {
        var script = _folder.Write("plain.ps1", "\"$($args.Count): $($args -join '|')\"");
        Assert.Equal("5: -a|x y|é|-b|c\n", ShellProcess.Run(script, "-a", "x y", "é", "-b:c").Output);
    }

    [Fact]
    public void A_script_knows_its_own_place()
    {
        var script = _folder.Write("where.ps1", "$PSScriptRoot; $PSCommandPath; $MyInvocation.MyCommand.Name");
        Assert.Equal($"{_folder.Path}\n{script}\nwhere.ps1\n", ShellProcess.Run("-File", script).Output);
    }

    [Fact]
    public void The_working_directory_is_the_one_that_was_asked_for()
    {
        var script = _folder.Write("where.ps1", "\"$PWD\"; [Environment]::CurrentDirectory");
        Assert.Equal("/usr\n/usr\n", ShellProcess.Run("-WorkingDirectory", "/usr", "-File", script).Output);
    }

    [Fact]
    public void A_file_without_the_extension_runs_as_text()
    {
        var script = _folder.Write("tool", "#!/usr/bin/env pwsh\n\"ran $($args[0])\"; exit 3\n");
        var result = ShellProcess.Run(script, "it");
        Assert.Equal((3, "ran it\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void A_module_beside_the_script_can_be_imported_with_its_formats()
    {
        _folder.Write("Lines.psm1", "function Get-Line { [PSCustomObject]@{ PSTypeName = 'Test.Line'; Length = 12; Text = 'x' * 200 } }");
        _folder.Write("Lines.psd1", "@{ RootModule = 'Lines.psm1'; ModuleVersion = '1.0'; FormatsToProcess = 'Lines.format.ps1xml' }");
        _folder.Write(
            "Lines.format.ps1xml",
            """
            <Configuration><ViewDefinitions><View>
              <Name>Line</Name>
              <ViewSelectedBy><TypeName>Test.Line</TypeName></ViewSelectedBy>
              <TableControl>
                <TableHeaders>
                  <TableColumnHeader><Label>Metres</Label><Width>8</Width><Alignment>Right</Alignment></TableColumnHeader>
                  <TableColumnHeader/>
                </TableHeaders>
                <TableRowEntries><TableRowEntry><TableColumnItems>
                  <TableColumnItem><PropertyName>Length</PropertyName></TableColumnItem>
                  <TableColumnItem><PropertyName>Text</PropertyName></TableColumnItem>
                </TableColumnItems></TableRowEntry></TableRowEntries>
              </TableControl>
            </View></ViewDefinitions></Configuration>
            """);
        var script = _folder.Write("use.ps1", "Import-Module $PSScriptRoot/Lines.psd1; Get-Line");
        var result = ShellProcess.Run(script);
        Assert.Equal("", result.Error);
        Assert.Equal(
            ["", "  Metres Text", "  ------ ----", "      12 " + new string('x', 109) + "…", "", ""],
            result.Output.Split('\n'));
    }

    [Fact]
    public void Objects_without_a_view_come_as_tables_and_lists()
    {
        var result = ShellProcess.Run(
            "-Command", "[PSCustomObject]@{ A = 1; B = '漢字'; C = 'x' }, [PSCustomObject]@{ A = 22; B = 'z'; C = 'y' }");
        Assert.Equal(["", " A B    C", " - -    -", " 1 漢字 x", "22 z    y", "", ""], result.Output.Split('\n'));

        result = ShellProcess.Run("-Command", "[PSCustomObject]@{ A = 1; B = 2; C = 3; D = 4; Long = 5 }");
        Assert.Equal(["", "A    : 1", "B    : 2", "C    : 3", "D    : 4", "Long : 5", "", ""], result.Output.Split('\n'));
    }
}
