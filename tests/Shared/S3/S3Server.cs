using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Egress.Tests.S3;

/// <summary>
/// A server that speaks S3: npm's s3rver, in a process of its own, with one bucket. It is installed once, into the build's output.
/// Where node or npm is not there, tests that need it are skipped; with EGRESS_REQUIRE_S3=1 they fail.
/// </summary>
internal sealed class S3Server : IDisposable
{
    public const string Bucket = "masks";

    /// <summary>The only key that this server knows. It is in its manual.</summary>
    public const string AccessKey = "S3RVER";

    private const string Suffix = "._S3rver_object";
    private const string Package = "s3rver@3.7.1";
    private static readonly Lazy<string> s_program = new(Install);
    private readonly ConcurrentQueue<string?> _log = new();
    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("egress-s3-").FullName;

    private S3Server(string program)
    {
        Port = FreePort();
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };

        // The server makes its continuation tokens with a cipher that newer OpenSSL counts as legacy.
        foreach (var argument in (string[])["--openssl-legacy-provider", program, "-d", _folder, "-a", "127.0.0.1", "-p", $"{Port}", "--configure-bucket", Bucket])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data);
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItListens();
    }

    public int Port { get; }

    public string Endpoint => $"http://127.0.0.1:{Port}";

    /// <summary>Starts a server, or skips the test.</summary>
    public static S3Server Start()
    {
        string program;
        try
        {
            program = s_program.Value;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("EGRESS_REQUIRE_S3") == "1", $"No S3 server: {error.Message}");
            throw;
        }

        return new S3Server(program);
    }

    /// <summary>The variables by which the SDK finds a server.</summary>
    public static (string Name, string? Value)[] VariablesFor(string endpoint) =>
    [
        ("AWS_ENDPOINT_URL_S3", endpoint), ("AWS_ACCESS_KEY_ID", AccessKey), ("AWS_SECRET_ACCESS_KEY", AccessKey),
        ("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_PROFILE", null), ("AWS_REGION", null),
    ];

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    /// <summary>What the server has written, for the report of a failure.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Puts a small object there without asking the server.</summary>
    public void Seed(string key)
    {
        var path = Path.Combine(_folder, Bucket, key + Suffix);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "seed");
    }

    /// <summary>An object as the server keeps it on its disk.</summary>
    public byte[] Read(string key) => File.ReadAllBytes(Path.Combine(_folder, Bucket, key + Suffix));

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Install() => Path.Combine(NpmPackages.Install("s3rver", Package), "node_modules", "s3rver", "bin", "s3rver.js");

    private void WaitUntilItListens()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (clock.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }
}
