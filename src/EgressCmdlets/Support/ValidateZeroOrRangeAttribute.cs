using System.Globalization;
using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>
/// Limits numbers to a range, and takes 0 besides, which results have where a setting means nothing: what was measured can be measured
/// again.
/// </summary>
/// <param name="minimum">The smallest number but 0.</param>
/// <param name="maximum">The largest.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateZeroOrRangeAttribute(int minimum, int maximum) : ValidateEnumeratedArgumentsAttribute
{
    /// <summary>The smallest number but 0.</summary>
    public int Minimum { get; } = minimum;

    /// <summary>The largest number.</summary>
    public int Maximum { get; } = maximum;

    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        if (element is not 0 && (element is not int number || number < Minimum || number > Maximum))
        {
            throw new ValidationMetadataException(
                string.Create(CultureInfo.InvariantCulture, $"{element} is neither 0 nor between {Minimum} and {Maximum}."));
        }
    }
}
