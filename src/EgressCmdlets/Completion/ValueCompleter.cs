using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes a parameter from a list of values. It starts no device and loads no library.</summary>
public abstract class ValueCompleter : IArgumentCompleter
{
    /// <summary>The values, each with the text that explains it.</summary>
    protected abstract IEnumerable<(string Value, string Description)> Values { get; }

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        var pattern = WildcardPattern.Get(word + "*", WildcardOptions.IgnoreCase);
        foreach (var (value, description) in Values)
        {
            if (pattern.IsMatch(value))
            {
                var text = value.AsSpan().IndexOfAny(" ,;'\"") >= 0 ? $"'{value.Replace("'", "''", StringComparison.Ordinal)}'" : value;
                yield return new CompletionResult(text, value, CompletionResultType.ParameterValue, description);
            }
        }
    }
}
