using System.Diagnostics;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>What stops a run over sequences in the middle, each in a process of its own.</summary>
public sealed class EmbeddingFaultTests : IDisposable
{
    private const int SequenceCount = 20_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("DuckDb", "VectorStoreFailed")]
    [InlineData("Parquet", "DestinationFull")]
    public async Task A_full_disk_is_something_to_try_again_and_the_next_run_stores_the_rest(string format, string id)
    {
        var fault = new FaultCase(format, "") { TmpfsBytes = 8 << 20 };
        Isolation.Require(fault);
        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        using var process = Process.Start(Isolation.StartInfo(fault, Script(format, disk), disk, _folder.Path))!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var fields = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().Split('|');
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && fields.Length == 5, $"exit code {process.ExitCode}: {string.Join('|', fields)}{await error}");
        Assert.Equal((id, "75"), (fields[0], fields[1]));
        Assert.InRange(int.Parse(fields[2], null), 1, SequenceCount - 1);
        Assert.Equal((fields[2], $"{SequenceCount}"), (fields[3], fields[4]));
    }

    /// <summary>
    /// A run that finds no space half way, and one that does: the error, its exit code, what the first stored, what the second found stored,
    /// and what both stored.
    /// </summary>
    private static string Script(string format, string disk) =>
        $$"""
        Import-Module '{{ModuleSession.Manifest}}'
        $job = @{ Synthetic = {{SequenceCount}}; Device = 'simulated:compute=1,copy=0,processing=0'; MaxLength = 8; BatchSize = 256; WorkerCount = 2; Format = '{{format}}'; Destination = '{{disk}}/out'; Resume = $true }
        $id = ''
        try { $null = Invoke-EmbeddingBatch @job -SummaryVariable first } catch { $id = $_.FullyQualifiedErrorId }
        & mount -o remount,size=256m '{{disk}}'
        $null = Invoke-EmbeddingBatch @job -SummaryVariable next -ErrorAction Stop
        "$(($id -split ',')[0])|$($first.ExitCode)|$($first.Written)|$($next.Skipped)|$($next.Skipped + $next.Written)"
        """;
}
