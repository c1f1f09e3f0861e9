namespace Egress.Output.Stores.Objects;

/// <summary>
/// What an object store can do, as S3 has it: objects appear whole or not at all, there is no appending, renaming or locking. Keys
/// are those of the bucket. Any thread may call. Failures come as <see cref="IOException"/>,
/// <see cref="UnauthorizedAccessException"/> or <see cref="EgressException"/>, after the retries that make sense.
/// </summary>
public interface IObjectStorage : IDisposable
{
    /// <summary>What is known of an object; null where there is none.</summary>
    StoredObject? Find(string key);

    /// <summary>Opens an object for reading, once and forwards.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    Stream OpenRead(string key);

    /// <summary>All objects whose keys begin with a prefix, in the order of their keys.</summary>
    IEnumerable<StoredObject> List(string prefix);

    /// <summary>Stores an object by one request.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="content">Its content: a stream that can seek, for retries.</param>
    /// <param name="replace">Whether to replace an object of that key.</param>
    /// <returns>False where an object of that key exists and is kept.</returns>
    bool Put(string key, Stream content, bool replace);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    void Delete(string key);

    /// <summary>Begins an object that is brought in parts. Nobody sees it before it is completed.</summary>
    /// <returns>The upload.</returns>
    string BeginUpload(string key);

    /// <summary>Brings a part.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="upload">The upload.</param>
    /// <param name="number">The part's place, from 1.</param>
    /// <param name="content">Its content: a stream that can seek. It is not used after the task has ended.</param>
    /// <returns>The part's tag.</returns>
    Task<string> UploadPart(string key, string upload, int number, Stream content);

    /// <summary>Makes the object of its parts.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="upload">The upload.</param>
    /// <param name="tags">The tags of its parts, in order.</param>
    /// <param name="replace">Whether to replace an object of that key.</param>
    /// <returns>False where an object of that key exists and is kept; the upload is to be aborted then.</returns>
    bool CompleteUpload(string key, string upload, IReadOnlyList<string> tags, bool replace);

    /// <summary>Gives an upload up: its parts are removed.</summary>
    void AbortUpload(string key, string upload);

    /// <summary>Uploads under way, of any process, whose keys begin with a prefix.</summary>
    IEnumerable<(string Key, string Upload)> Uploads(string prefix);
}

/// <summary>What is known of an object without reading it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ModifiedUtc">When it was stored, by the store's clock.</param>
public readonly record struct StoredObject(string Key, long Bytes, DateTime ModifiedUtc);
