namespace Egress.Cmdlets.Tests;

/// <summary>Parameters of Invoke-EmbeddingBatch that do not go with what it is given.</summary>
public sealed class EmbeddingContradictionTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Theory]
    [InlineData("'a text' | Invoke-EmbeddingBatch -Device simulated -Tokenizer $args[0]")]
    [InlineData("Invoke-EmbeddingBatch 'a text' -Device simulated -Tokenizer $args[0]")]
    [InlineData("Invoke-EmbeddingBatch -Synthetic 1 -Device simulated")]
    public void A_picture_size_means_nothing_to_sequences(string command)
    {
        var tokenizer = Path.Combine(ModuleSession.Root, "samples", "models", "docs-encoder");
        _session.Invoke(command, tokenizer).Throw();

        var result = _session.Invoke($"{command} -ImageSize 64", tokenizer);
        Assert.Equal("OptionInvalid,Egress.Cmdlets.Commands.InvokeEmbeddingBatchCommand", result.Terminating?.FullyQualifiedErrorId);
        Assert.Contains("-ImageSize", result.Terminating?.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    public void Dispose() => _session.Dispose();
}
