using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Egress.Tests.S3;

namespace Egress.Cmdlets.Tests;

/// <summary>Invoke-SegmentationBatch with -Destination s3://…, in a shell of its own, against a server that speaks S3.</summary>
public sealed class S3Tests : IDisposable
{
    private const string Run = "Invoke-SegmentationBatch -Device 'simulated:compute=0.2,copy=0.1,processing=0' -ImageSize 32 -SummaryVariable s";
    private const string Place = $"s3://{S3Server.Bucket}/night";
    private readonly S3Server _server = S3Server.Start();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Outputs_in_a_bucket_are_those_of_a_folder_and_a_resumed_run_does_what_is_missing()
    {
        Assert.Equal("20\n", Shell($"({Run} -Synthetic 20 -Destination {Place}).Count"));
        Shell($"{Run} -Synthetic 20 -Destination '{_folder["out"]}' | Out-Null; 'done'");
        foreach (var path in Directory.GetFiles(_folder["out"], "*.png"))
        {
            Assert.Equal(File.ReadAllBytes(path), _server.Read($"night/{Path.GetFileName(path)}"));
        }

        Assert.Equal(
            $"{Place}/synthetic-000000.png Skipped\n{Place}/synthetic-000001.png Skipped\n",
            Shell($"{Run} -Synthetic 2 -Destination {Place} -Resume | ForEach-Object {{ \"$($_.OutputPath) $($_.Status)\" }}"));
        Assert.Equal("20 5 0\n", Shell($"{Run} -Synthetic 25 -Destination {Place} -Resume | Out-Null; \"$($s.Skipped) $($s.Written) $($s.ExitCode)\""));
    }

    [Fact]
    public void Vectors_in_a_bucket_are_those_of_a_folder_and_each_is_there_once()
    {
        const string Embed = "Invoke-EmbeddingBatch -Device 'simulated:compute=0.2,copy=0.1,processing=0' -MaxLength 8 -BatchSize 8 -WorkerCount 1 -Format Npy -SummaryVariable s";
        Assert.Equal("20 0\n", Shell($"{Embed} -Synthetic 20 -Destination {Place} | Out-Null; \"$($s.Written) $($s.Skipped)\""));
        Shell($"{Embed} -Synthetic 20 -Destination '{_folder["out"]}' | Out-Null; 'done'");
        foreach (var path in Directory.GetFiles(_folder["out"], "part-*"))
        {
            Assert.Equal(File.ReadAllBytes(path), _server.Read($"night/{Path.GetFileName(path)}"));
        }

        Assert.Equal("5 20\n", Shell($"{Embed} -Synthetic 25 -Destination {Place} | Out-Null; \"$($s.Written) $($s.Skipped)\""));
        Assert.Equal("True 8 0\n", Shell($"$t = Test-EgressOutput {Place}; \"$($t.IsSound) $($t.Files) $($t.Problems.Count)\""));
    }

    [Fact]
    public void Large_outputs_go_in_parts_and_faults_that_pass_are_survived()
    {
        using var proxy = new S3Proxy(_server);
        var failed = new ConcurrentDictionary<string, bool>();
        proxy.Fault = (method, path) => path.Contains("partNumber=1", StringComparison.Ordinal) && failed.TryAdd(path, true) ? 503 : null;
        var output = Shell(
            $"{Run.Replace("-ImageSize 32", "-ImageSize 384", StringComparison.Ordinal)} -Synthetic 4 -OutputKind Logits -Destination {Place}/logits -LoaderCount 2 | ForEach-Object OutputBytes",
            S3Server.VariablesFor(proxy.Endpoint));

        // 21 × 384 × 384 × 4 bytes and the header: one part of 12 MB each.
        const long Bytes = (21L * 384 * 384 * 4) + 128;
        Assert.Equal([.. Enumerable.Repeat($"{Bytes}", 4)], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(Bytes, _server.Read("night/logits/synthetic-000003.npy").Length);
        Assert.Equal(4, failed.Count);
        Assert.Equal(4, proxy.Requests.Count(request => request.Method == "POST" && request.Path.Contains("uploadId", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_run_that_is_killed_and_resumed_comes_out_as_if_it_had_not_been()
    {
        // EGRESS_S3_KILLS=50 kills it that many times.
        var kills = int.TryParse(Environment.GetEnvironmentVariable("EGRESS_S3_KILLS"), out var many) ? many : 2;
        var pictures = 60 + (60 * kills);
        var random = new Random(1);
        var log = _folder["run.log"];
        var command = $"Import-Module '{ModuleSession.Manifest}'; {Run.Replace("compute=0.2", "compute=30", StringComparison.Ordinal)} -Synthetic {pictures} -BatchSize 1 -Destination {Place} -Resume -LogPath '{log}' | Out-Null; $s.Written";
        for (var kill = 0; kill < kills; kill++)
        {
            var enough = Written(log) + random.Next(0, 60);
            using var killed = ChildShell.Start(command, S3Server.VariablesFor(_server.Endpoint));
            var clock = Stopwatch.StartNew();
            while (Written(log) <= enough)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2) && !killed.HasExited, "the run does not come on");
                Thread.Sleep(10);
            }

            killed.Kill();
            killed.WaitForExit();
        }

        var last = int.Parse(ChildShell.Run(command, S3Server.VariablesFor(_server.Endpoint)), null);
        Assert.InRange(last, 1, pictures);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {pictures} pictures, {Written(log)} written in all, {last} by the last run");

        Shell($"{Run} -Synthetic {pictures} -Destination '{_folder["out"]}' | Out-Null; 'done'");
        foreach (var path in Directory.GetFiles(_folder["out"], "*.png"))
        {
            Assert.Equal(File.ReadAllBytes(path), _server.Read($"night/{Path.GetFileName(path)}"));
        }

        Assert.Equal($"{pictures} 0\n", Shell($"{Run} -Synthetic {pictures} -Destination {Place} -Resume | Out-Null; \"$($s.Skipped) $($s.Written)\""));
    }

    [Fact]
    public void Shards_of_one_job_write_to_one_place()
    {
        var counts = Enumerable.Range(0, 3).Select(shard => int.Parse(
            Shell($"{Run} -Synthetic 30 -Destination {Place} -Resume -ShardIndex {shard} -ShardCount 3 | Out-Null; $s.Written"), null)).ToList();
        Assert.Equal(30, counts.Sum());
        Assert.Equal("30 0\n", Shell($"{Run} -Synthetic 30 -Destination {Place} -Resume | Out-Null; \"$($s.Skipped) $($s.Written)\""));
    }

    [Fact]
    public void Credentials_are_in_no_log_no_error_and_no_stream()
    {
        const string Secret = "a-secret-that-nobody-may-see";
        const string Key = "a-key-of-nobody";
        var log = _folder["run.log"];
        var output = Shell(
            $"try {{ {Run} -Synthetic 2 -Destination {Place} -LogPath '{log}' -Verbose *>&1 | ForEach-Object {{ \"$_\" }} }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0]; $_.ToString(); \"$($_.Exception)\" }}; $s.ExitCode",
            [.. S3Server.VariablesFor(_server.Endpoint), ("AWS_ACCESS_KEY_ID", Key), ("AWS_SECRET_ACCESS_KEY", Secret)]);
        Assert.Contains("DestinationNotWritable", output, StringComparison.Ordinal);
        Assert.EndsWith("77\n", output, StringComparison.Ordinal);
        Assert.Contains("InvalidAccessKeyId", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output + File.ReadAllText(log), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, output + File.ReadAllText(log), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_credentials_the_error_names_where_the_sdk_looks()
    {
        var output = Shell(
            $"try {{ {Run} -Synthetic 2 -Destination {Place} }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0]; $_.ErrorDetails.RecommendedAction.Contains('AWS_PROFILE') }}; $s.ExitCode",
            [
                ("AWS_ENDPOINT_URL_S3", _server.Endpoint), ("AWS_ACCESS_KEY_ID", null), ("AWS_SECRET_ACCESS_KEY", null), ("AWS_PROFILE", null),
                ("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"), ("AWS_CONFIG_FILE", "/dev/null"),
            ]);
        Assert.Equal("EnvironmentInvalid\nTrue\n77\n", output);
    }

    [Theory]
    [InlineData("s3://key:secret@masks/x", "DestinationInvalid", 64)]
    [InlineData("s3://no-such-bucket/x", "DestinationNotWritable", 66)]
    public void A_place_that_is_none_is_an_error(string place, string errorId, int code)
    {
        var log = _folder["run.log"];
        var output = Shell($"try {{ {Run} -Synthetic 2 -Destination '{place}' -LogPath '{log}' }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0] }}; $s.ExitCode");
        Assert.Equal($"{errorId}\n{code}\n", output);
        Assert.DoesNotContain("secret", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Equal(errorId, JsonDocument.Parse(File.ReadLines(log).First(line => line.Contains("run.faulted", StringComparison.Ordinal))).RootElement.GetProperty("error").GetString());
    }

    private string Shell(string command, params (string Name, string? Value)[] environment) => ChildShell.Run(
        $"Import-Module '{ModuleSession.Manifest}'; {command}", environment.Length > 0 ? environment : S3Server.VariablesFor(_server.Endpoint));

    private static int Written(string log) =>
        File.Exists(log) ? File.ReadLines(log).Count(line => line.Contains("image.written", StringComparison.Ordinal)) : 0;
}
