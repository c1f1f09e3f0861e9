using System.Reflection;
using Egress.Backend;
using Egress.Input;

namespace Egress.Tests.Embedding;

/// <summary>A backend that opens one tokenizer, whatever its path, and does nothing else.</summary>
public class TokenizerBackend : DispatchProxy
{
    private ITokenizer? _tokenizer;

    /// <summary>A backend with this tokenizer.</summary>
    public static IBackend Of(ITokenizer tokenizer)
    {
        var backend = Create<IBackend, TokenizerBackend>();
        ((TokenizerBackend)backend)._tokenizer = tokenizer;
        return backend;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IBackend.OpenTokenizer) ? _tokenizer : throw new NotSupportedException(targetMethod.Name);
}
