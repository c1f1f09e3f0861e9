using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace Egress.Backend.Storage;

/// <summary>
/// Makes of the SDK's exceptions what the engine knows. Messages are the SDK's own, without the answer's body: that can repeat what
/// was signed.
/// </summary>
internal static class S3Faults
{
    /// <summary>What an exception means; null where it is none of the SDK's.</summary>
    public static Exception? Translate(Exception error, string bucket) => error switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => new EgressException(
            EgressErrorId.DestinationNotWritable, EgressErrorCategory.ObjectNotFound, $"There is no bucket '{bucket}'.",
            "Make it first, or name another with -Destination; Egress makes no buckets.", $"s3://{bucket}", error),
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } => new FileNotFoundException(error.Message, error),
        AmazonS3Exception { StatusCode: HttpStatusCode.NotImplemented } => new NotSupportedException(error.Message, error),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } s3 => new UnauthorizedAccessException(
            $"The store refused access ({s3.ErrorCode}): {s3.Message}", error),
        AmazonS3Exception s3 => new IOException($"The store answered {(int)s3.StatusCode} ({s3.ErrorCode}): {s3.Message}", error),
        AmazonServiceException service => new IOException($"The store did not answer: {service.Message}", error),
        AmazonClientException client => Settings(client),
        HttpRequestException or OperationCanceledException or WebException or IOException => new IOException($"The store did not answer: {error.Message}", error),
        _ => null,
    };

    /// <summary>The SDK found no credentials, no region or no usable setting.</summary>
    public static EgressException Settings(AmazonClientException error) => new(
        EgressErrorId.EnvironmentInvalid,
        EgressErrorCategory.PermissionDenied,
        $"The AWS SDK cannot reach the store: {error.Message}",
        "Give it credentials and a region its own way: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or the machine's role; "
        + "AWS_REGION; AWS_ENDPOINT_URL_S3 for another store than Amazon's.",
        "AWS_ACCESS_KEY_ID",
        error);
}
