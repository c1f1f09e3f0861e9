using System.Collections.Concurrent;
using System.Net;

namespace Egress.Tests.S3;

/// <summary>
/// Stands between the SDK and a server: keeps what was asked, and answers in the server's place where a test wants a fault. The
/// signature covers the host, so this one's own address is what the server is told.
/// </summary>
internal sealed class S3Proxy : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly HttpClient _server = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });
    private readonly Uri _endpoint;
    private readonly ConcurrentQueue<(string Method, string Path, long Bytes)> _requests = new();

    public S3Proxy(S3Server server)
    {
        _endpoint = new Uri(server.Endpoint);
        Endpoint = $"http://127.0.0.1:{S3Server.FreePort()}";
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _ = Accept();
    }

    public string Endpoint { get; }

    /// <summary>Decides on a request by method and path with query: a status to answer with, or null to pass it on.</summary>
    public Func<string, string, int?> Fault { get; set; } = (_, _) => null;

    /// <summary>Decides likewise on a request that is passed on: a status to answer with instead of the server's.</summary>
    public Func<string, string, int?> Loss { get; set; } = (_, _) => null;

    /// <summary>What was asked, and how much came with it.</summary>
    public IReadOnlyList<(string Method, string Path, long Bytes)> Requests => [.. _requests];

    public void Dispose()
    {
        _listener.Close();
        _server.Dispose();
    }

    private async Task Accept()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => Serve(context));
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.RawUrl!;
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            _requests.Enqueue((context.Request.HttpMethod, path, body.Length));
            if (Fault(context.Request.HttpMethod, path) is { } status)
            {
                context.Response.StatusCode = status;
                context.Response.Close();
                return;
            }

            using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), new Uri(_endpoint, path));
            request.Content = new ByteArrayContent(body.ToArray());
            foreach (var name in context.Request.Headers.AllKeys)
            {
                var values = context.Request.Headers.GetValues(name)!;
                if (!request.Headers.TryAddWithoutValidation(name!, values))
                {
                    request.Content.Headers.Remove(name!);
                    request.Content.Headers.TryAddWithoutValidation(name!, values);
                }
            }

            using var response = await _server.SendAsync(request);
            if (Loss(context.Request.HttpMethod, path) is { } loss)
            {
                context.Response.StatusCode = loss;
                context.Response.Close();
                return;
            }

            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Content-Length" or "Transfer-Encoding" or "Connection" or "Keep-Alive")))
            {
                context.Response.Headers[name] = string.Join(", ", values);
            }

            var content = await response.Content.ReadAsByteArrayAsync();
            if (context.Request.HttpMethod == "HEAD")
            {
                context.Response.ContentLength64 = response.Content.Headers.ContentLength ?? 0;
            }
            else
            {
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content);
            }

            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException or HttpRequestException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }
}
