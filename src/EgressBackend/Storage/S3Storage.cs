using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Output.Stores.Objects;

namespace Egress.Backend.Storage;

/// <summary>
/// An object store by the AWS SDK. Credentials, region, endpoint and the number of retries come from the SDK's own chain (variables,
/// profiles, the machine's role) and from nowhere else; nothing here reads or shows them.
/// </summary>
internal sealed class S3Storage : IObjectStorage
{
    private const int ConflictAttempts = 5;

    // Each object carries a mark of the request that it came by: metadata, whose name the SDK completes.
    private const string MarkName = "egress-write";

    private static readonly TimeSpan s_conflictPause = TimeSpan.FromMilliseconds(200);

    private readonly string _bucket;
    private readonly AmazonS3Client _client;
    private readonly bool _chunked;
    private readonly bool _encrypted;
    private readonly ConcurrentDictionary<string, string> _marks = new(StringComparer.Ordinal);

    /// <param name="location">The bucket.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>: the SDK lacks a setting.</exception>
    public S3Storage(ObjectLocation location)
    {
        _bucket = location.Bucket;
        try
        {
            var settings = S3Settings.Create();
            _client = new AmazonS3Client(settings);

            // Other stores do not all know Amazon's own framing of a body. Without it a body is signed as a whole, and over TLS, which
            // protects it already, not at all: that is one reading less of every byte.
            _chunked = settings.ServiceURL is null;
            _encrypted = !_chunked && settings.ServiceURL!.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        }
        catch (AmazonClientException error)
        {
            throw S3Faults.Settings(error);
        }
    }

    /// <inheritdoc/>
    public StoredObject? Find(string key)
    {
        try
        {
            var found = Wait(_client.GetObjectMetadataAsync(_bucket, key));
            return new StoredObject(key, found.ContentLength, Utc(found.LastModified));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Stream OpenRead(string key) => Wait(_client.GetObjectAsync(_bucket, key)).ResponseStream;

    /// <inheritdoc/>
    public IEnumerable<StoredObject> List(string prefix)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = Wait(_client.ListObjectsV2Async(request));
            foreach (var found in page.S3Objects ?? [])
            {
                yield return new StoredObject(found.Key, found.Size ?? 0, Utc(found.LastModified));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <inheritdoc/>
    public bool Put(string key, Stream content, bool replace)
    {
        var mark = NewMark();
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = key,
            InputStream = content,
            AutoCloseStream = false,
            UseChunkEncoding = _chunked,
            DisablePayloadSigning = _encrypted ? true : null,
        };
        request.Metadata[MarkName] = mark;
        return Unless(
            replace,
            condition =>
            {
                request.IfNoneMatch = condition;
                content.Position = 0;
                _ = Wait(_client.PutObjectAsync(request));
            },
            () => IsMarked(key, mark));
    }

    /// <inheritdoc/>
    public void Delete(string key) => Wait(_client.DeleteObjectAsync(_bucket, key));

    /// <inheritdoc/>
    public string BeginUpload(string key)
    {
        var mark = NewMark();
        var request = new InitiateMultipartUploadRequest { BucketName = _bucket, Key = key };
        request.Metadata[MarkName] = mark;
        var upload = Wait(_client.InitiateMultipartUploadAsync(request)).UploadId;
        _marks[upload] = mark;
        return upload;
    }

    /// <inheritdoc/>
    public async Task<string> UploadPart(string key, string upload, int number, Stream content)
    {
        try
        {
            var response = await _client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = _bucket,
                Key = key,
                UploadId = upload,
                PartNumber = number,
                PartSize = content.Length,
                InputStream = content,
                UseChunkEncoding = _chunked,
                DisablePayloadSigning = _encrypted ? true : null,
            }).ConfigureAwait(false);

            // A proxy in between can answer what no store answers.
            return !string.IsNullOrEmpty(response.ETag) ? response.ETag : throw new IOException("The store took a part and gave it no tag.");
        }
        catch (Exception error) when (S3Faults.Translate(error, _bucket) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public bool CompleteUpload(string key, string upload, IReadOnlyList<string> tags, bool replace)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _bucket,
            Key = key,
            UploadId = upload,
            PartETags = [.. tags.Select((tag, index) => new PartETag(index + 1, tag))],
        };
        var mark = _marks.GetValueOrDefault(upload);
        var isStored = Unless(
            replace,
            condition =>
            {
                request.IfNoneMatch = condition;
                try
                {
                    _ = Wait(_client.CompleteMultipartUploadAsync(request));
                }
                catch (FileNotFoundException) when (IsMarked(key, mark))
                {
                    // The upload was completed, and the answer that said so was lost.
                }
            },
            () => IsMarked(key, mark));
        _ = _marks.TryRemove(upload, out _);
        return isStored;
    }

    /// <inheritdoc/>
    public void AbortUpload(string key, string upload)
    {
        _ = _marks.TryRemove(upload, out _);
        try
        {
            _ = Wait(_client.AbortMultipartUploadAsync(_bucket, key, upload));
        }
        catch (FileNotFoundException)
        {
            // It is gone already.
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Upload)> Uploads(string prefix)
    {
        var request = new ListMultipartUploadsRequest { BucketName = _bucket, Prefix = prefix };
        ListMultipartUploadsResponse page;
        do
        {
            try
            {
                page = Wait(_client.ListMultipartUploadsAsync(request));
            }
            catch (NotSupportedException)
            {
                // A store that does not tell removes them by its own rules.
                yield break;
            }

            foreach (var upload in page.MultipartUploads ?? [])
            {
                yield return (upload.Key, upload.UploadId);
            }

            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
        while (page.IsTruncated == true);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static DateTime Utc(DateTime? time) => time?.ToUniversalTime() ?? DateTime.UnixEpoch;

    /// <summary>
    /// Stores an object on the condition that none is there, which the store checks at the moment that counts. A store that knows no
    /// such condition has been asked before by the caller, and gets the request without it.
    /// </summary>
    /// <param name="replace">Whether to do without the condition.</param>
    /// <param name="store">Sends the request, with this condition.</param>
    /// <param name="isStored">
    /// Whether what is there is what was sent: where the answer to a request is lost, the SDK sends it again, and the store refuses that for
    /// the sake of the object that it has from the first time.
    /// </param>
    private static bool Unless(bool replace, Action<string?> store, Func<bool> isStored)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                store(replace ? null : "*");
                return true;
            }
            catch (IOException error) when (!replace && StatusOf(error) == HttpStatusCode.PreconditionFailed)
            {
                return isStored();
            }
            catch (IOException error) when (!replace && StatusOf(error) == HttpStatusCode.Conflict && attempt < ConflictAttempts)
            {
                // Another request for the same key was under way: which of them the object is of shows the next time.
                Thread.Sleep(s_conflictPause);
            }
            catch (NotSupportedException) when (!replace)
            {
                store(null);
                return true;
            }
        }
    }

    private static HttpStatusCode? StatusOf(IOException error) => (error.InnerException as AmazonS3Exception)?.StatusCode;

    /// <summary>Whether the object that is there came with this mark.</summary>
    private bool IsMarked(string key, string? mark)
    {
        try
        {
            return mark is not null && Wait(_client.GetObjectMetadataAsync(_bucket, key)).Metadata[MarkName] == mark;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private static string NewMark() => Guid.NewGuid().ToString("N");

    private T Wait<T>(Task<T> request)
    {
        try
        {
            return request.GetAwaiter().GetResult();
        }
        catch (Exception error) when (S3Faults.Translate(error, _bucket) is { } fault)
        {
            throw fault;
        }
    }
}
