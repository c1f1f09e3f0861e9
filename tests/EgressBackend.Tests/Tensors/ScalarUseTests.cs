using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Egress.Backend.Tests.Tensors;

/// <summary>
/// Collections hit an unguarded scalar in one of some thousand calls (see <see cref="GarbageCollectionTests"/>). This finds such
/// calls where they are compiled.
/// </summary>
public sealed class ScalarUseTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    [Fact]
    public void No_call_of_the_backend_makes_TorchSharp_use_a_scalar_that_nobody_keeps()
    {
        var methods = typeof(TorchBackend).Assembly.GetTypes().SelectMany(type =>
            type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))).ToList();

        var unguarded = methods
            .SelectMany(method => Calls(method).Where(called => IsUnguarded(method, called))
                .Select(called => $"{method.DeclaringType}.{method.Name} calls {called}"))
            .ToList();

        Assert.Empty(unguarded);

        // The scan sees what it is meant to see.
        Assert.Contains(methods.SelectMany(Calls), called => called.Name == "add_" && called.GetParameters().Length == 2);
        Assert.All(
            ((Delegate[])[Operator, Addition, InPlace, Temporary]).Select(example => example.Method),
            example => Assert.Contains(Calls(example), called => IsUnguarded(example, called)));
    }

    private static torch.Tensor Operator(torch.Tensor x) => x * 2.0;

    private static torch.Tensor Addition(torch.Tensor x) => x + x;

    private static torch.Tensor InPlace(torch.Tensor x) => x.add_(x);

    private static torch.Tensor Temporary(torch.Tensor x) => x.mul(3);

    private static bool IsUnguarded(MethodBase caller, MethodBase called)
    {
        if (called.DeclaringType == typeof(Scalar))
        {
            // Kept in a static field from there on.
            return called.Name == "op_Implicit" && caller.Name != ConstructorInfo.TypeConstructorName;
        }

        if (called.DeclaringType != typeof(torch.Tensor))
        {
            return false;
        }

        var parameters = called.GetParameters();
        return called.Name == "op_Addition"
            || (called.Name is "add" or "add_" && parameters.Length == 1)
            || (called.Name.StartsWith("op_", StringComparison.Ordinal)
                && parameters.Any(parameter => parameter.ParameterType != typeof(torch.Tensor)));
    }

    /// <summary>The methods that a method's code calls.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            // Two-byte codes begin with 0xFE.
            var operation = s_codes[code[at] == 0xFE ? (short)((code[at] << 8) | code[at + 1]) : code[at]];
            at += operation.Size;
            if (operation.OperandType == OperandType.InlineMethod)
            {
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
