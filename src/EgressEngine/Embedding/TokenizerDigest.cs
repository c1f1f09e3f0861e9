using System.Security.Cryptography;
using System.Text;
using Egress.Files;

namespace Egress.Embedding;

/// <summary>What identifies a tokenizer by the content of its files, wherever they lie.</summary>
internal static class TokenizerDigest
{
    private static readonly string[] s_names =
        ["merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "vocab.txt"];

    /// <summary>The SHA-256 over the names and checksums of a tokenizer's files, as <see cref="FileDigest"/> writes one.</summary>
    /// <param name="path">Full path of the tokenizer's folder, or of its one file.</param>
    /// <exception cref="EgressException">A file cannot be read.</exception>
    public static string Of(string path)
    {
        if (!Directory.Exists(path))
        {
            return FileDigest.Sha256(path);
        }

        var files = s_names.Select(name => Path.Combine(path, name)).Where(File.Exists)
            .Concat(Directory.GetFiles(path, "*.model").Order(StringComparer.Ordinal));
        var text = string.Concat(files.Select(file => $"{Path.GetFileName(file)} {FileDigest.Sha256(file)}\n"));
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
