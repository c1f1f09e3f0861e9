using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Egress.Shell;

/// <content>What asks a person: values of parameters, choices and credentials.</content>
internal sealed partial class ShellUserInterface
{
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        input.ThrowIfUnattended($"for {string.Join(", ", descriptions.Select(field => field.Name))}");
        WriteQuestion(caption, message);
        return descriptions.ToDictionary(field => field.Name, field => PSObject.AsPSObject(AskField(field)));
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        input.ThrowIfUnattended($"'{$"{caption} {message}".Trim()}'");
        WriteQuestion(caption, message);
        var options = choices.Select(choice => (Key: HotKey(choice.Label), Name: PlainLabel(choice.Label), choice.HelpMessage)).ToList();
        var line = string.Join("  ", options.Select(option => $"[{option.Key}] {option.Name}")) + "  [?] Help"
            + (defaultChoice >= 0 ? $" (default is \"{options[defaultChoice].Key}\"): " : ": ");
        while (true)
        {
            console.WritePrompt(line);
            var answer = input.ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            if (answer == "?")
            {
                options.ForEach(option => console.WritePrompt($"{option.Key} - {option.HelpMessage}", endLine: true));
            }

            var chosen = options.FindIndex(option =>
                answer.Equals(option.Key, StringComparison.OrdinalIgnoreCase) || answer.Equals(option.Name, StringComparison.OrdinalIgnoreCase));
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options)
    {
        input.ThrowIfUnattended("for a user name and password");
        WriteQuestion(caption, message);
        return new PSCredential(string.IsNullOrEmpty(userName) ? AskLine("User") : userName, AskSecret("Password"));
    }

    private object AskField(FieldDescription field)
    {
        // A type that this process has not loaded can only be given as text, and the parameter's own conversion decides.
        var type = Type.GetType(field.ParameterAssemblyFullName) ?? typeof(string);
        if (type == typeof(SecureString))
        {
            return AskSecret(field.Name);
        }

        if (type == typeof(PSCredential))
        {
            return PromptForCredential("", field.Name, "", "");
        }

        return typeof(IList).IsAssignableFrom(type) ? AskList(field.Name) : Ask(field.Name, type);
    }

    /// <summary>Asks until the answer can be converted; a person who mistypes a number gets another try.</summary>
    private object Ask(string name, Type type)
    {
        while (true)
        {
            var answer = AskLine(name);
            try
            {
                return LanguagePrimitives.ConvertTo(answer, type, CultureInfo.InvariantCulture);
            }
            catch (PSInvalidCastException exception)
            {
                WriteErrorLine(exception.Message);
            }
        }
    }

    /// <summary>Asks for values one by one, up to an empty line; the parameter's binding converts them.</summary>
    private string[] AskList(string name)
    {
        var values = new List<string>();
        while (AskLine(string.Create(CultureInfo.InvariantCulture, $"{name}[{values.Count}]")) is { Length: > 0 } value)
        {
            values.Add(value);
        }

        return [.. values];
    }

    private string AskLine(string label)
    {
        console.WritePrompt($"{label}: ");
        return input.ReadLine();
    }

    private SecureString AskSecret(string label)
    {
        console.WritePrompt($"{label}: ");
        return input.ReadSecret();
    }

    private void WriteQuestion(string caption, string message)
    {
        foreach (var line in (string[])[caption, message])
        {
            if (!string.IsNullOrEmpty(line))
            {
                console.WritePrompt(line, endLine: true);
            }
        }
    }

    /// <summary>The letter behind the ampersand, or the whole label where there is none.</summary>
    private static string HotKey(string label) =>
        label.IndexOf('&', StringComparison.Ordinal) is >= 0 and var mark && mark + 1 < label.Length
            ? label.Substring(mark + 1, 1).ToUpperInvariant()
            : label;

    private static string PlainLabel(string label) => label.Replace("&", "", StringComparison.Ordinal);
}
