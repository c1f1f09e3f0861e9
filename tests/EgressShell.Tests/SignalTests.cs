using System.Runtime.InteropServices;
using Egress.Shell.Tests.Processes;

namespace Egress.Shell.Tests;

public sealed class SignalTests
{
    private const string Cleanup = "finally { [Console]::Error.WriteLine('cleaned up') }";

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void A_signal_stops_the_pipeline_and_its_finally_blocks_run(PosixSignal signal, int code)
    {
        using var shell = ShellProcess.Start(
            "-Command", $"try {{ 'started'; while ($true) {{ [Threading.Thread]::Sleep(10) }} }} {Cleanup}; 'never'");
        Assert.Equal("started", shell.ReadLine());
        shell.Signal(signal);
        var result = shell.WaitForEnd();
        Assert.Equal((code, "started\n", "cleaned up\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void A_signal_reaches_a_cmdlet_that_waits()
    {
        using var shell = ShellProcess.Start(
            "-Command", "$job = 1 | ForEach-Object -AsJob -Parallel { while ($true) { [Threading.Thread]::Sleep(10) } }; 'started'; Wait-Job $job");
        Assert.Equal("started", shell.ReadLine());
        shell.Signal(PosixSignal.SIGTERM);
        Assert.Equal(143, shell.WaitForEnd().ExitCode);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public void A_second_signal_ends_a_script_that_does_not_stop(PosixSignal signal, int code)
    {
        using var shell = ShellProcess.Start(
            "-Command", "[Console]::Out.WriteLine('started'); try { [Threading.Thread]::Sleep(-1) } finally { 'never' }");
        Assert.Equal("started", shell.ReadLine());
        shell.SignalUntilEnd(signal);
        var result = shell.WaitForEnd();
        Assert.Equal((code, "started\n"), (result.ExitCode, result.Output));
    }
}
