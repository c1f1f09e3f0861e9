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
    private readonly string _bucket;
    private readonly AmazonS3Client _client;
    private readonly bool _chunked;
    private readonly bool _encrypted;

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
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = key,
            InputStream = content,
            AutoCloseStream = false,
            UseChunkEncoding = _chunked,
            DisablePayloadSigning = _encrypted ? true : null,
        };
        return Unless(replace, condition =>
        {
            request.IfNoneMatch = condition;
            content.Position = 0;
            _ = Wait(_client.PutObjectAsync(request));
        });
    }

    /// <inheritdoc/>
    public void Delete(string key) => Wait(_client.DeleteObjectAsync(_bucket, key));

    /// <inheritdoc/>
    public string BeginUpload(string key) =>
        Wait(_client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = key })).UploadId;

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
        return Unless(replace, condition =>
        {
            request.IfNoneMatch = condition;
            _ = Wait(_client.CompleteMultipartUploadAsync(request));
        });
    }

    /// <inheritdoc/>
    public void AbortUpload(string key, string upload)
    {
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
    private static bool Unless(bool replace, Action<string?> store)
    {
        try
        {
            store(replace ? null : "*");
            return true;
        }
        catch (IOException error) when (!replace && error.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict })
        {
            return false;
        }
        catch (NotSupportedException) when (!replace)
        {
            store(null);
            return true;
        }
    }

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
