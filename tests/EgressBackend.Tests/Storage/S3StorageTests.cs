using Egress.Backend.Storage;
using Egress.Output.Stores.Objects;
using Egress.Tests.S3;

namespace Egress.Backend.Tests.Storage;

/// <summary>The storage over the AWS SDK, against a server that speaks S3.</summary>
public sealed class S3StorageTests : IDisposable
{
    private readonly S3Server _server = S3Server.Start();
    private readonly S3Proxy _proxy;
    private readonly List<(string Name, string? Value)> _before = [];
    private readonly S3Storage _storage;

    public S3StorageTests()
    {
        _proxy = new S3Proxy(_server);
        foreach (var (name, value) in S3Server.VariablesFor(_proxy.Endpoint))
        {
            Set(name, value);
        }

        _storage = new S3Storage(new ObjectLocation(S3Server.Bucket, ""));
    }

    public void Dispose()
    {
        _storage.Dispose();
        _before.ForEach(variable => Environment.SetEnvironmentVariable(variable.Name, variable.Value));
        _proxy.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void What_is_put_is_found_listed_read_and_deleted()
    {
        Assert.Null(_storage.Find("a/größe 1+.png"));
        Assert.True(Put("a/größe 1+.png", [1, 2, 3], replace: true));
        Assert.True(Put("b.png", [4], replace: true));

        Assert.Equal(3, _storage.Find("a/größe 1+.png")!.Value.Bytes);
        Assert.InRange(_storage.Find("b.png")!.Value.ModifiedUtc, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(5));
        Assert.Equal(["a/größe 1+.png", "b.png"], _storage.List("").Select(found => found.Key));
        Assert.Equal(["a/größe 1+.png"], _storage.List("a/").Select(found => found.Key));
        Assert.Equal([1, 2, 3], Read("a/größe 1+.png"));

        _storage.Delete("b.png");
        _storage.Delete("b.png");
        Assert.Null(_storage.Find("b.png"));
        Assert.Throws<FileNotFoundException>(() => _storage.OpenRead("b.png"));
    }

    [Fact]
    public void A_list_of_more_than_a_page_is_whole()
    {
        for (var i = 0; i < 1003; i++)
        {
            _server.Seed($"many/{i:D4}");
        }

        Assert.Equal(Enumerable.Range(0, 1003).Select(i => $"many/{i:D4}"), _storage.List("many/").Select(found => found.Key));
    }

    [Fact]
    public void A_large_object_comes_in_parts_and_is_whole_or_not_there()
    {
        var content = Random(20 << 20);
        using (var stream = new ObjectWriteStream(_storage, "large.npy"))
        {
            stream.Write(content.AsSpan(0, 128));
            stream.Write(content.AsSpan(128));
            Assert.Null(_storage.Find("large.npy"));
            Assert.True(stream.Commit(replace: true));
        }

        Assert.Equal(content, Read("large.npy"));
        Assert.Equal(
            [10 << 20, 10 << 20], _proxy.Requests.Where(request => request.Path.Contains("partNumber", StringComparison.Ordinal)).Select(request => request.Bytes));
    }

    [Fact]
    public void An_object_that_is_given_up_leaves_nothing()
    {
        using (var stream = new ObjectWriteStream(_storage, "given-up.npy"))
        {
            stream.Write(new byte[9 << 20]);
        }

        Assert.Null(_storage.Find("given-up.npy"));
        Assert.Contains(_proxy.Requests, request => request.Method == "DELETE" && request.Path.Contains("uploadId", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    public void Faults_that_pass_are_retried(int status)
    {
        // Each request fails the first time.
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        _proxy.Fault = (method, path) => method == "PUT" && seen.TryAdd(path, true) ? status : null;

        var content = Random(17 << 20);
        using (var stream = new ObjectWriteStream(_storage, "retried.npy"))
        {
            stream.Write(content);
            Assert.True(stream.Commit(replace: true));
        }

        Assert.True(Put("small.png", [1, 2], replace: true));
        Assert.Equal(content, Read("retried.npy"));
        Assert.Equal([1, 2], Read("small.png"));
    }

    /// <summary>The server here knows no conditions: what a store that knows them says to the second attempt is said in its place.</summary>
    [Fact]
    public void An_object_whose_answer_was_lost_is_this_ones_and_not_another_ones()
    {
        Assert.True(Put("owner.json", [1, 2, 3], replace: true));
        _proxy.Loss = Once("PUT", "small.png", 500);
        _proxy.Fault = (method, path) => method == "PUT" && (path.Contains("owner", StringComparison.Ordinal) || Seen("small.png") > 1) ? 412 : null;

        Assert.True(Put("small.png", [1, 2], replace: false));
        Assert.Equal(2, Seen("small.png"));
        Assert.False(Put("owner.json", [1, 2, 3], replace: false));

        int Seen(string key) => _proxy.Requests.Count(request => request.Method == "PUT" && request.Path.Contains(key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(412)]
    public void An_object_of_parts_whose_answer_was_lost_is_whole(int second)
    {
        var content = Random(17 << 20);
        _proxy.Loss = Once("POST", "uploadId", 500);
        _proxy.Fault = (method, path) => method == "POST" && _proxy.Requests.Count(Completes) > 1 ? second : null;
        using (var stream = new ObjectWriteStream(_storage, "parts.npy"))
        {
            stream.Write(content);
            Assert.True(stream.Commit(replace: false));
        }

        Assert.Equal(2, _proxy.Requests.Count(Completes));
        Assert.Equal(content, Read("parts.npy"));

        // One that was there before is another's.
        _proxy.Fault = (method, path) => method == "POST" && path.Contains("uploadId", StringComparison.Ordinal) ? 412 : null;
        using (var stream = new ObjectWriteStream(_storage, "parts.npy"))
        {
            stream.Write(Random(16 << 20));
            Assert.False(stream.Commit(replace: false));
        }

        static bool Completes((string Method, string Path, long Bytes) request) =>
            request.Method == "POST" && request.Path.Contains("uploadId", StringComparison.Ordinal);
    }

    [Fact]
    public void Two_requests_for_one_key_that_meet_are_tried_again()
    {
        var conflicts = 0;
        _proxy.Fault = (method, _) => method == "PUT" && conflicts++ < 2 ? 409 : null;
        Assert.True(Put("met.png", [1], replace: false));
        Assert.Equal([1], Read("met.png"));
    }

    [Fact]
    public void Connections_that_break_in_the_middle_of_a_part_are_survived_and_every_byte_arrives()
    {
        using var cutting = new CuttingProxy(_server, connections: 3);
        Set("AWS_ENDPOINT_URL_S3", cutting.Endpoint);
        using var storage = new S3Storage(new ObjectLocation(S3Server.Bucket, ""));
        var content = Random(34 << 20);
        using (var stream = new ObjectWriteStream(storage, "cut.npy"))
        {
            stream.Write(content);
            Assert.True(stream.Commit(replace: true));
        }

        Assert.True(cutting.Left < 0);
        Assert.Equal(content, Read("cut.npy"));
    }

    [Fact]
    public void A_fault_that_stays_is_an_error_and_leaves_no_object()
    {
        _proxy.Fault = (_, path) => path.Contains("partNumber=2", StringComparison.Ordinal) ? 500 : null;
        using (var stream = new ObjectWriteStream(_storage, "never.npy"))
        {
            Assert.Throws<IOException>(() => stream.Write(new byte[30 << 20]));
        }

        Assert.Null(_storage.Find("never.npy"));
        Assert.True(_proxy.Requests.Count(request => request.Path.Contains("partNumber=2", StringComparison.Ordinal)) > 1);
    }

    [Fact]
    public void A_bucket_that_is_not_there_is_named()
    {
        using var storage = new S3Storage(new ObjectLocation("nowhere", ""));
        var error = Assert.Throws<EgressException>(() => storage.Put("x", new MemoryStream([1]), replace: true));
        Assert.Equal((EgressErrorId.DestinationNotWritable, EgressErrorCategory.ObjectNotFound), (error.ErrorId, error.Category));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Random(int bytes)
    {
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        return content;
    }

    private bool Put(string key, byte[] content, bool replace) => _storage.Put(key, new MemoryStream(content), replace);

    private byte[] Read(string key)
    {
        using var stream = _storage.OpenRead(key);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>A status for the first such request.</summary>
    private static Func<string, string, int?> Once(string method, string part, int status)
    {
        var left = 1;
        return (ofRequest, path) => ofRequest == method && path.Contains(part, StringComparison.Ordinal) && Interlocked.Decrement(ref left) == 0 ? status : null;
    }

    private void Set(string name, string? value)
    {
        _before.Add((name, Environment.GetEnvironmentVariable(name)));
        Environment.SetEnvironmentVariable(name, value);
    }
}
