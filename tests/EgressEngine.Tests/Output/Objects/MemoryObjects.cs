using System.Collections.Concurrent;
using Egress.Output.Stores.Objects;

namespace Egress.Tests.Output.Objects;

/// <summary>An object store in memory, that tells what was asked of it and fails where a test wants it to.</summary>
internal sealed class MemoryObjects : IObjectStorage
{
    private readonly ConcurrentDictionary<string, (byte[] Content, DateTime Modified)> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Key, ConcurrentDictionary<int, byte[]> Parts)> _uploads = new();
    private int _number;

    /// <summary>Called before each operation with its name and key; throwing fails it.</summary>
    public Action<string, string> Before { get; set; } = (_, _) => { };

    /// <summary>Called with each part before it is read.</summary>
    public Action<int, Stream> BeforePart { get; set; } = (_, _) => { };

    /// <summary>Called after each put with its key: whether it is said to have met an object, though it is stored.</summary>
    public Func<string, bool> LosesAnswer { get; set; } = _ => false;

    /// <summary>The store's clock.</summary>
    public Func<DateTime> Clock { get; set; } = () => DateTime.UtcNow;

    /// <summary>Operations so far, by name.</summary>
    public ConcurrentQueue<string> Operations { get; } = new();

    /// <summary>Sizes of the parts that came, in order of their numbers.</summary>
    public ConcurrentQueue<long> PartSizes { get; } = new();

    public IEnumerable<string> Keys => _objects.Keys.Order(StringComparer.Ordinal);

    public int OpenUploads => _uploads.Count;

    public byte[] Content(string key) => _objects[key].Content;

    public StoredObject? Find(string key)
    {
        Tell("find", key);
        return _objects.TryGetValue(key, out var found) ? new StoredObject(key, found.Content.Length, found.Modified) : null;
    }

    public Stream OpenRead(string key)
    {
        Tell("read", key);
        return _objects.TryGetValue(key, out var found) ? new MemoryStream(found.Content) : throw new FileNotFoundException(key);
    }

    public IEnumerable<StoredObject> List(string prefix)
    {
        Tell("list", prefix);
        return [.. Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => new StoredObject(key, Content(key).Length, _objects[key].Modified))];
    }

    public bool Put(string key, Stream content, bool replace)
    {
        Tell("put", key);
        return Store(key, Read(content), replace) && !LosesAnswer(key);
    }

    public void Delete(string key)
    {
        Tell("delete", key);
        _objects.TryRemove(key, out _);
    }

    public string BeginUpload(string key)
    {
        Tell("begin", key);
        var upload = $"{Interlocked.Increment(ref _number)}";
        _uploads[upload] = (key, new());
        return upload;
    }

    public async Task<string> UploadPart(string key, string upload, int number, Stream content)
    {
        // On another thread, later: as a request does.
        await Task.Yield();
        Tell("part", key);
        BeforePart(number, content);
        content.Position = 0;
        _uploads[upload].Parts[number] = Read(content);
        PartSizes.Enqueue(content.Length);
        return $"tag {number}";
    }

    public bool CompleteUpload(string key, string upload, IReadOnlyList<string> tags, bool replace)
    {
        Tell("complete", key);
        Assert.Equal(tags, Enumerable.Range(1, tags.Count).Select(number => $"tag {number}"));
        var parts = _uploads[upload].Parts;
        Assert.All(tags.SkipLast(1), (_, index) => Assert.True(parts[index + 1].Length >= 5 << 20, "a part is smaller than S3 takes it"));
        if (!Store(key, [.. tags.SelectMany((_, index) => parts[index + 1])], replace))
        {
            return false;
        }

        _uploads.TryRemove(upload, out _);
        return true;
    }

    public void AbortUpload(string key, string upload)
    {
        Tell("abort", key);
        _uploads.TryRemove(upload, out _);
    }

    public IEnumerable<(string Key, string Upload)> Uploads(string prefix) =>
        [.. _uploads.Where(upload => upload.Value.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(upload => (upload.Value.Key, upload.Key))];

    public void Dispose()
    {
    }

    private static byte[] Read(Stream content)
    {
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        return copy.ToArray();
    }

    private bool Store(string key, byte[] content, bool replace)
    {
        var entry = (content, Clock());
        return replace ? _objects.AddOrUpdate(key, entry, (_, _) => entry) == entry || true : _objects.TryAdd(key, entry);
    }

    private void Tell(string operation, string key)
    {
        Operations.Enqueue(operation);
        Before(operation, key);
    }
}
