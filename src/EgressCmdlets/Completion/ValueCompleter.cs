using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes a parameter from a list of values. It starts no device and loads no library.</summary>
public abstract class ValueCompleter : IArgumentCompleter
{
    /// <summary>The values, each with the text that explains it.</summary>
    protected abstract IEnumerable<(string Value, string Description)> Values { get; }

    /// <summary>Whether paths are offered where no value fits.</summary>
    protected virtual bool TakesPaths => false;

    /// <summary>The values beside what else the line has.</summary>
    /// <param name="parameters">The other parameters of the line, as far as they can be told before it runs.</param>
    protected virtual IEnumerable<(string Value, string Description)> ValuesBeside(IDictionary parameters) => Values;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        var pattern = WildcardPattern.Get(word + "*", WildcardOptions.IgnoreCase);
        var results = ValuesBeside(fakeBoundParameters ?? new Hashtable()).Where(value => pattern.IsMatch(value.Value))
            .Select(value => Result(value.Value, value.Description)).ToList();
        return results.Count == 0 && TakesPaths ? CompletionCompleters.CompleteFilename(word) : results;
    }

    private static CompletionResult Result(string value, string description)
    {
        var text = value.AsSpan().IndexOfAny(" ,;'\"") >= 0 ? $"'{value.Replace("'", "''", StringComparison.Ordinal)}'" : value;
        return new CompletionResult(text, value, CompletionResultType.ParameterValue, description);
    }
}
