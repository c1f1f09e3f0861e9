using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Egress.Cmdlets.Tests;

/// <summary>A collector: takes OTLP over HTTP on a port of its own and keeps what it got.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, OtlpMessage Message, string? Token)> _received = new();
    private readonly Thread _thread;

    /// <param name="answers">Whether it answers; one that does not takes requests and stays silent.</param>
    public OtlpReceiver(bool answers = true)
    {
        Endpoint = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _thread = new Thread(() => Serve(answers)) { IsBackground = true, Name = "collector" };
        _thread.Start();
    }

    public string Endpoint { get; }

    /// <summary>All spans: resource attributes of each and the span (opentelemetry.proto.trace.v1.Span).</summary>
    public IReadOnlyList<(IReadOnlyDictionary<string, string> Resource, OtlpMessage Span)> Spans =>
        [.. Resources("/v1/traces").SelectMany(resource => resource.Path(2, 2).Select(span => (Attributes(resource), span)))];

    /// <summary>All metrics, likewise (opentelemetry.proto.metrics.v1.Metric).</summary>
    public IReadOnlyList<(IReadOnlyDictionary<string, string> Resource, OtlpMessage Metric)> Metrics =>
        [.. Resources("/v1/metrics").SelectMany(resource => resource.Path(2, 2).Select(metric => (Attributes(resource), metric)))];

    /// <summary>The values of the header x-token that came.</summary>
    public IEnumerable<string?> Tokens => _received.Select(request => request.Token);

    public void Dispose()
    {
        _listener.Close();
        _thread.Join();
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static IReadOnlyDictionary<string, string> Attributes(OtlpMessage resource) => resource.Messages(1).Single().Attributes(1);

    private IEnumerable<OtlpMessage> Resources(string path) =>
        _received.Where(request => request.Path == path).SelectMany(request => request.Message.Messages(1));

    private void Serve(bool answers)
    {
        while (true)
        {
            try
            {
                var context = _listener.GetContext();
                var bytes = ByteString.FromStream(context.Request.InputStream);
                _received.Enqueue((context.Request.Url!.AbsolutePath, new OtlpMessage(bytes), context.Request.Headers["x-token"]));
                if (answers)
                {
                    context.Response.ContentType = "application/x-protobuf";
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
