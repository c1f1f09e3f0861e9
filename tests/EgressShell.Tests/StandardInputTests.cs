using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

public sealed class StandardInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("-")]
    [InlineData("-Command", "-")]
    [InlineData("-NoProfile", "-File", "-")]
    public void A_script_is_read_from_standard_input(params string[] arguments)
    {
        var result = ShellProcess.RunWithInput("foreach ($n in 1, 2) {\n\n  \"é $n\"\n}\nexit 3\n", arguments);
        Assert.Equal((3, "é 1\né 2\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void A_script_that_fails_on_standard_input_gives_1() =>
        Assert.Equal(1, ShellProcess.RunWithInput("Get-Nothing", "-Command", "-").ExitCode);

    [Fact]
    public void Input_reaches_a_script_line_by_line_as_it_comes()
    {
        using var shell = ShellProcess.Start(_folder.Write("echo.ps1", "$input | ForEach-Object { \"got $_\" }"));
        shell.Type("é 1\n");
        Assert.Equal("got é 1", shell.ReadLine());
        shell.Type("2\n");
        Assert.Equal("got 2", shell.ReadLine());
        Assert.Equal(0, shell.WaitForEnd().ExitCode);
    }

    [Fact]
    public void A_script_that_reads_no_input_does_not_wait_for_its_end()
    {
        using var shell = ShellProcess.Start("-Command", "'done'; exit 2; $input");
        Assert.Equal("done", shell.ReadLine());
        Assert.Null(shell.ReadLine());
    }

    [Fact]
    public void Standard_input_is_left_to_the_programs_that_a_script_starts() =>
        Assert.Equal("from cat\n", ShellProcess.RunWithInput("from cat\n", "-Command", "cat").Output);
}
