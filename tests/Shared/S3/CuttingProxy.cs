using System.Net;
using System.Net.Sockets;

namespace Egress.Tests.S3;

/// <summary>Passes connections on to a server, and resets the first few of them in the middle of what is sent.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private const int BytesBeforeTheCut = 100_000;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _port;
    private int _left;

    public CuttingProxy(S3Server server, int connections)
    {
        _port = server.Port;
        _left = connections;
        _listener.Start();
        _ = Accept();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Connections that were not reset yet.</summary>
    public int Left => Volatile.Read(ref _left);

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Serve(client);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, _port);
            using (client)
            {
                var back = server.GetStream().CopyToAsync(client.GetStream());
                var buffer = new byte[1 << 16];
                long passed = 0;
                while (await client.GetStream().ReadAsync(buffer) is var count and > 0)
                {
                    passed += count;
                    if (passed > BytesBeforeTheCut && Interlocked.Decrement(ref _left) >= 0)
                    {
                        client.LingerState = new LingerOption(true, 0);
                        return;
                    }

                    await server.GetStream().WriteAsync(buffer.AsMemory(0, count));
                }

                server.Client.Shutdown(SocketShutdown.Send);
                await back;
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }
}
