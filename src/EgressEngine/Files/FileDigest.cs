using System.Security.Cryptography;

namespace Egress.Files;

/// <summary>What identifies a file by its content.</summary>
internal static class FileDigest
{
    /// <summary>The SHA-256 of a file, as <c>sha256:</c> and 64 hexadecimal digits, which model zoos and <c>sha256sum</c> give too.</summary>
    /// <exception cref="EgressException">The file is none, or cannot be read.</exception>
    public static string Sha256(string path)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);
        try
        {
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (IOException error)
        {
            throw FileProblem.Unreadable(path, error).ToException(path);
        }
    }
}
