"""BERT with Hugging Face's parameter names, as small as PyTorch alone can write it."""

import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape['num_attention_heads']
        self.self = nn.ModuleDict({name: nn.Linear(shape['hidden_size'], shape['hidden_size']) for name in ('query', 'key', 'value')})
        self.output = Joined(shape['hidden_size'], shape)

    def forward(self, states, mask):
        batch, length, width = states.shape
        query, key, value = (self.self[name](states).view(batch, length, self.heads, -1).transpose(1, 2) for name in ('query', 'key', 'value'))
        scores = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + mask
        return self.output((scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, width), states)


class Joined(nn.Module):
    """A product, whose result is added to what came in and normalised."""

    def __init__(self, inputs, shape):
        super().__init__()
        self.dense = nn.Linear(inputs, shape['hidden_size'])
        self.LayerNorm = nn.LayerNorm(shape['hidden_size'], eps=shape['layer_norm_eps'])
        self.dropout = nn.Dropout(shape['hidden_dropout_prob'])

    def forward(self, inner, states):
        return self.LayerNorm(self.dropout(self.dense(inner)) + states)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.attention = Attention(shape)
        self.intermediate = nn.ModuleDict({'dense': nn.Linear(shape['hidden_size'], shape['intermediate_size'])})
        self.output = Joined(shape['intermediate_size'], shape)

    def forward(self, states, mask):
        states = self.attention(states, mask)
        return self.output(nn.functional.gelu(self.intermediate['dense'](states)), states)


class Encoder(nn.Module):
    """Ids and their mask in, a vector of length 1 out: the mean over the tokens, as -Pooling Mean -Normalize makes it."""

    def __init__(self, shape):
        super().__init__()
        width = shape['hidden_size']
        self.embeddings = nn.ModuleDict({
            'word_embeddings': nn.Embedding(shape['vocab_size'], width),
            'position_embeddings': nn.Embedding(shape['max_position_embeddings'], width),
            'token_type_embeddings': nn.Embedding(shape['type_vocab_size'], width),
            'LayerNorm': nn.LayerNorm(width, eps=shape['layer_norm_eps'])})
        self.dropout = nn.Dropout(shape['hidden_dropout_prob'])
        self.encoder = nn.ModuleDict({'layer': nn.ModuleList([Layer(shape) for _ in range(shape['num_hidden_layers'])])})
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, lengths):
        positions = torch.arange(ids.shape[1], device=ids.device)
        used = positions < lengths[:, None]
        parts = self.embeddings
        states = parts['word_embeddings'](ids) + parts['position_embeddings'](positions) + parts['token_type_embeddings'](torch.zeros_like(ids))
        states = self.dropout(parts['LayerNorm'](states))
        mask = torch.where(used, 0.0, -1e9)[:, None, None, :]
        for layer in self.encoder['layer']:
            states = layer(states, mask)
        mean = (states * used[..., None]).sum(1) / lengths[:, None]
        return nn.functional.normalize(mean, dim=1)
