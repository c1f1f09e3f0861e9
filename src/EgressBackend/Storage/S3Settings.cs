using Amazon.Runtime;
using Amazon.S3;

namespace Egress.Backend.Storage;

/// <summary>The SDK's settings as its own chain has them, with what other stores than Amazon's need.</summary>
internal static class S3Settings
{
    private const string AnyRegion = "us-east-1";

    /// <summary>Makes them.</summary>
    public static AmazonS3Config Create()
    {
        var settings = new AmazonS3Config
        {
            // Twice the parts that a worker sends at once, a worker each; the SDK's own limit is the processors' number times some.
            MaxConnectionsPerServer = 256,
        };
        if (Endpoint(settings) is not { } endpoint)
        {
            return settings;
        }

        // A store at an address of its own has no host for each bucket, and often no regions; the SDK asks for one nevertheless.
        var region = settings.RegionEndpoint?.SystemName ?? AnyRegion;
        settings.ServiceURL = endpoint;
        settings.AuthenticationRegion = region;
        settings.ForcePathStyle = true;

        // Amazon's newest check sums come in a form that other stores do not take; the parts' own are still checked. The SDK's
        // variable has the last word.
        if (Environment.GetEnvironmentVariable("AWS_REQUEST_CHECKSUM_CALCULATION") is null)
        {
            settings.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        }

        return settings;
    }

    private static string? Endpoint(AmazonS3Config settings) =>
        ((string?[])[settings.ServiceURL, Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3"), Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL")])
        .FirstOrDefault(address => !string.IsNullOrEmpty(address));
}
