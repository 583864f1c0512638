import { Alert, Center, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** The frame of every page before one is in: a title, what went wrong, a form. */
export function Door(props: {
  readonly title: string;
  readonly intro?: string;
  readonly failed?: string | null;
  readonly done?: string | null;
  readonly children?: ReactNode;
}) {
  return (
    <Center mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w={420}>
        <Stack>
          <Title order={1}>{props.title}</Title>
          {props.intro !== undefined && <Text c="dimmed">{props.intro}</Text>}
          {typeof props.failed === 'string' && <Alert color="red">{props.failed}</Alert>}
          {typeof props.done === 'string' && <Alert color="green">{props.done}</Alert>}
          {props.children}
        </Stack>
      </Paper>
    </Center>
  );
}
