import { Alert, Anchor, Button, Grid, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowLeft, IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { formRoute } from '../../routes.tsx';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { FieldsPart } from './builder-fields.tsx';
import { AfterPart, ConsentPart, HiddenPart, StrengthPart } from './builder-parts.tsx';
import { TextsPart, WherePart } from './builder-texts.tsx';
import { type Form, type FormInput, inputOf } from './queries.ts';

/** The builder: what is being written on the left, what visitors will see on the right. */
export function BuilderPage() {
  const { id } = formRoute.useParams();
  const form = useQuery({ queryKey: ['form', id], queryFn: () => api(routes.form, { params: { id } }) });
  if (form.error !== null) return <Failed error={form.error} retry={() => void form.refetch()} />;
  if (form.data === undefined) return <Loading />;
  return <Builder key={`${id}:${form.data.version}`} form={form.data} />;
}

/** What a part of the builder gets: the form as it is being written, and how to change it. */
export interface PartProps {
  readonly input: FormInput;
  readonly change: (change: Partial<FormInput>) => void;
  /** What is wrong with the value at this path; undefined: nothing. */
  readonly problem: (path: string) => string | undefined;
}

function Builder({ form }: { readonly form: Form }) {
  const { t } = useTranslation();
  const [input, setInput] = useState<FormInput>(() => inputOf(form));
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const isChanged = JSON.stringify(input) !== JSON.stringify(inputOf(form));
  const save = useMutation({
    mutationFn: () => api(routes.updateForm, { params: { id: form.id }, ifMatch: form.version, body: input }),
    onSuccess: (saved) => {
      setProblems(new Map());
      queryClient.setQueryData(['form', form.id], saved);
      void queryClient.invalidateQueries({ queryKey: ['forms'] });
      tell(t('forms.saved', { version: saved.version }));
    },
    onError: (error) => {
      if (error instanceof ProblemError)
        setProblems(new Map((error.problem.errors ?? []).map((one) => [one.path, one.message])));
      tellError(error);
    },
  });
  const part: PartProps = {
    input,
    change: (change) => setInput((before) => ({ ...before, ...change })),
    problem: (path) => problems.get(path),
  };
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start" className="builder-head">
        <Stack gap={0}>
          <Anchor component={Link} size="sm" {...({ to: '/forms' } as object)}>
            <IconArrowLeft size={14} /> {t('forms.title')}
          </Anchor>
          <Title order={1}>{form.name}</Title>
        </Stack>
        <Group gap="xs" justify="flex-end">
          {isChanged && (
            <Text size="sm" c="orange">
              {t('forms.unsaved')}
            </Text>
          )}
          <TestButton form={form} />
          <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!isChanged}>
            {t('forms.save')}
          </Button>
        </Group>
      </Group>
      {problems.size > 0 && (
        <Alert color="red">
          {[...problems].map(([path, message]) => (
            <Text key={path} size="sm">{`${path}: ${message}`}</Text>
          ))}
        </Alert>
      )}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack>
            <Paper withBorder p="md">
              <TextInput
                label={t('forms.name')}
                description={t('forms.nameHelp')}
                required
                maxLength={120}
                value={input.name}
                error={part.problem('name')}
                onChange={(event) => part.change({ name: event.currentTarget.value })}
              />
            </Paper>
            <TextsPart {...part} />
            <FieldsPart {...part} />
            <ConsentPart {...part} />
            <AfterPart {...part} />
            <StrengthPart {...part} />
            <HiddenPart {...part} />
            <WherePart {...part} form={form} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Preview input={input} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function TestButton({ form }: { readonly form: Form }) {
  const { t } = useTranslation();
  const open = useMutation({
    mutationFn: () => api(routes.testForm, { params: { id: form.id }, body: {} as never }),
    onSuccess: ({ address }) => void window.open(address, '_blank', 'noopener'),
    onError: tellError,
  });
  return (
    <Button
      variant="default"
      rightSection={<IconExternalLink size={14} />}
      title={t('forms.testHelp')}
      loading={open.isPending}
      onClick={() => open.mutate()}
    >
      {t('forms.test')}
    </Button>
  );
}

const PAUSE_MS = 350;

/** The server's own page of the unsaved form, so that what is seen is what will be. */
function Preview({ input }: { readonly input: FormInput }) {
  const { t } = useTranslation();
  const [html, setHtml] = useState('');
  useEffect(() => {
    const timer = window.setTimeout(() => {
      void api(routes.previewForm, { body: { ...input, name: input.name === '' ? ' ' : input.name } }).then(
        (answer) => setHtml(answer.html),
        // A half-typed value is no reason to lose the picture; saving says what is wrong.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [input]);
  return (
    <Stack gap={4} className="form-preview">
      <Text size="sm" c="dimmed">
        {t('forms.preview')}
      </Text>
      <iframe title={t('forms.preview')} sandbox="" srcDoc={html} />
    </Stack>
  );
}
